import { describe, expect, test } from 'vitest'
import { parseMail, rawOf } from '../../src/data/formats/mail.js'

const mail = (...lines: string[]): string => lines.join('\n')

describe('mail', () => {
  test('headers folded, encoded, repeated; a mailbox line before them', () => {
    const parsed = parseMail(
      mail(
        'From someone Thu Aug 22 2002',
        'Subject: =?ISO-8859-1?Q?Gr=FC=DFe_aus?= =?utf-8?B?IEvDtmxu?=',
        'From: "A B"',
        '\t<a@b.org>',
        'Subject: another',
        'Received: from x',
        '',
        'one\r',
        'two   three',
        '',
        '',
        '',
        'four',
      ),
    )
    expect(parsed).toEqual({ subject: 'Grüße aus Köln', from: '"A B" <a@b.org>', body: 'one\ntwo three\n\nfour' })
  })

  test('quoted-printable and base64, in the charset they name', () => {
    const body = (encoding: string, charset: string, ...text: string[]): string =>
      parseMail(mail(`Content-Type: text/plain; charset="${charset}"`, `Content-Transfer-Encoding: ${encoding}`, '', ...text)).body
    expect(body('quoted-printable', 'utf-8', 'caf=C3=A9 is=', ' good =3D')).toBe('café is good =')
    expect(body('Base64', 'koi8-r', '8NLJ18', 'XU')).toBe('Привет')
    expect(body('8bit', 'no-such', rawOf(Uint8Array.of(0xe9)))).toBe('é')
    expect(body('base64', 'utf-8', 'YWJjZ')).toBe('abc')
  })

  test('of alternatives the plain one, of mixed parts the texts, attachments left out', () => {
    const alternative = mail(
      'Content-Type: multipart/alternative; boundary=in',
      '',
      '--in',
      'Content-Type: text/html',
      '',
      '<b>rich</b>',
      '--in',
      'Content-Type: text/plain',
      '',
      'plain',
      '--in--',
    )
    const whole = mail(
      'Content-Type: multipart/mixed;',
      ' boundary="out side"',
      '',
      'preamble',
      '--out side',
      alternative,
      '--out side',
      'Content-Type: application/pdf',
      'Content-Transfer-Encoding: base64',
      '',
      'JVBERi0=',
      '--out side',
      '',
      'no headers',
      '--out side--',
      'epilogue',
    )
    expect(parseMail(whole).body).toBe('plain\nno headers')
  })

  test('of HTML what is shown', () => {
    const html =
      '<html><head><style>p{}</style><title>t</title></head><body><!-- no --><p>A&amp;B &#8364;5<br>fr<font>ee</font>&nbsp;now &madeup;</body></html>'
    expect(parseMail(mail('Content-Type: text/html', '', html)).body).toBe('A&B €5\nfree now &madeup;')
    expect(parseMail(mail('', html)).body).toBe('A&B €5\nfree now &madeup;')
  })

  test('what is no mail is all body, and nesting ends', () => {
    expect(parseMail('just words\nand more')).toEqual({ subject: '', from: '', body: 'just words\nand more' })
    expect(parseMail('')).toEqual({ subject: '', from: '', body: '' })
    expect(parseMail(`${'Content-Type: message/rfc822\n\n'.repeat(3)}Subject: in\n\nx`).body).toBe('in\nx')
    expect(parseMail(`${'Content-Type: message/rfc822\n\n'.repeat(2000)}x`).body).toBe('')
    expect(parseMail('Content-Type: multipart/mixed; boundary=b\n\n--b').body).toBe('')
  })
})
