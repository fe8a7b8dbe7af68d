import { describe, expect, test } from 'vitest'
import { number, numbers, percent, seconds, tileValue } from '../../src/report/format.js'
import { escapeHtml, html } from '../../src/report/html.js'

describe('texts and numbers', () => {
  test('escaping', () => {
    expect(escapeHtml(`<a href="x">'&\`\u0000\ud800\t\n`)).toBe('&#60;a href=&#34;x&#34;&#62;&#39;&#38;&#96;\ufffd\ufffd\t\n')
    expect(html`<b>${'<'}${[html`<i>${1}</i>`, '&']}${undefined}${false}</b>`.text).toBe('<b>&#60;<i>1</i>&#38;</b>')
  })

  test('a share is never rounded to all or none', () => {
    expect([0.98711, 1, 0, 0.99999, 0.000001, Number.NaN].map((x) => percent(x).replace('\u00a0', ' '))).toEqual([
      '98.71 %',
      '100.00 %',
      '0.00 %',
      '99.99 %',
      '0.01 %',
      '–',
    ])
  })

  test('numbers, durations, tiles', () => {
    expect([12345, 0.0412345, 1.5e-9, Number.NaN, -3].map(number)).toEqual(['12,345', '0.04123', '1.5e-9', 'NaN', '−3'])
    expect(numbers([0.948, 0.8343, -0.05, 12, 1])).toEqual(['0.9480', '0.8343', '−0.05000', '12', '1'])
    expect(numbers([1.13, 0.0707, 3e-9, 1234.5])).toEqual(['1.13', '0.0707', '3e-9', '1235'])
    expect([4.21, 59.7, 99.4, 125, 3599.7, 7505].map(seconds)).toEqual(['4.2 s', '60 s', '99 s', '2 min 05 s', '1 h 00 min', '2 h 05 min'])
    expect(tileValue({ value: 'adam' })).toBe('adam')
    expect(tileValue({ value: 52138, format: 'count' })).toBe('52,138')
    expect(tileValue({ value: 1024, format: 'seconds' })).toBe('17\u00a0min 04\u00a0s')
  })
})
