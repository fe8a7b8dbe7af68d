/** Examples from files of every kind: the same rows, bounded memory, and bad ones named by file and place. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetWriteFile } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { type Row, rowOf } from '../../src/tune/data/row.js'
import { examplesOf } from '../../src/tune/data/source.js'

const folder = mkdtempSync(join(tmpdir(), 'hebb-data-'))
const written = (name: string, text: string | Uint8Array): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const rows = async (data: Parameters<typeof examplesOf>[0]): Promise<Row[]> => {
  const all: Row[] = []
  for await (const { where, example } of examplesOf(data)) all.push(rowOf(where, example))
  return all
}

const talk = [
  { role: 'user', content: 'How "are" you,\nall?' },
  { role: 'assistant', content: 'Well – schön.' },
]
const wanted: Row[] = [{ messages: talk }, { messages: [...talk, ...talk] }]

describe('the same rows', () => {
  test('of .jsonl, with blank lines', async () => {
    expect(await rows(written('a.jsonl', `\n${wanted.map((row) => JSON.stringify(row)).join('\n\n')}`))).toEqual(wanted)
  })
  test('of .csv, lists as JSON in a cell, a byte order mark in front', async () => {
    const cell = (row: Row): string => `"${JSON.stringify(row.messages).replaceAll('"', '""')}",`
    expect(await rows(written('a.csv', `\uFEFFmessages,text\r\n${wanted.map(cell).join('\r\n')}\r\n`))).toEqual(wanted)
    expect(await rows(written('b.csv', 'prompt,completion\n"a, b",c\n"d\n""e""",f\n'))).toEqual([
      { prompt: 'a, b', completion: 'c' },
      { prompt: 'd\n"e"', completion: 'f' },
    ])
  })
  test.each(['SNAPPY', 'UNCOMPRESSED'] as const)('of .parquet, %s, several row groups', async (codec) => {
    const filename = join(folder, `${codec}.parquet`)
    const prompts = Array.from({ length: 25 }, (_, i) => `what is ${i}?`)
    parquetWriteFile({
      filename,
      codec,
      rowGroupSize: 10,
      columnData: [
        { name: 'prompt', data: prompts, type: 'STRING' },
        { name: 'completion', data: prompts.map((text) => text.toUpperCase()), type: 'STRING' },
        { name: 'messages', data: prompts.map((_, i) => wanted[i % 2]!.messages), type: 'JSON' },
      ],
    })
    const found = await rows(filename)
    expect(found).toHaveLength(25)
    expect(found[13]).toEqual({ prompt: 'what is 13?', completion: 'WHAT IS 13?', messages: wanted[1]!.messages })
  })
  test('other words for messages', async () => {
    const [row] = await rows([{ conversations: [{ from: 'user', value: 'a', weight: null }], tools: '[{"name": "f"}]', text: null }])
    expect(row).toEqual({ messages: [{ role: 'user', content: 'a' }], tools: [{ name: 'f' }] })
  })
})

test('a file beyond what is held is read in pieces', async () => {
  const line = `${JSON.stringify({ text: 'x'.repeat(3000) })}\n`
  const path = written('large.jsonl', line.repeat(1500))
  let count = 0
  for await (const { where, example } of examplesOf(path)) {
    expect((example as { text: string }).text).toHaveLength(3000)
    expect(where).toBe(`${path}, line ${++count}`)
  }
  expect(count).toBe(1500)
})

describe('what cannot be read is named', () => {
  test.each<[string, string | Uint8Array, string]>([
    ['c.jsonl', '{"text": "a"}\n{"text" "b"}', 'c.jsonl, line 2: it is no JSON'],
    ['c.csv', 'prompt,completion\na,b\nc\n', 'c.csv, line 3: it has 1 fields, and the first line names 2: prompt, completion'],
    ['d.csv', 'prompt,completion\n"a,b\n', 'd.csv'],
    ['d.jsonl', Uint8Array.of(0x22, 0xff, 0xfe), 'd.jsonl: it is no text in UTF-8'],
    ['d.parquet', 'not a table', 'd.parquet is no parquet file that can be read'],
    ['e.xlsx', '', 'e.xlsx is of no kind that is read: give a .jsonl, .csv or .parquet file, or a list'],
  ])('%s', async (name, text, message) => {
    await expect(rows(written(name, text))).rejects.toThrow(message)
  })
  test('a parquet file cut short', async () => {
    const filename = join(folder, 'whole.parquet')
    parquetWriteFile({ filename, columnData: [{ name: 'text', data: ['a', 'b'], type: 'STRING' }] })
    const bytes = readFileSync(filename)
    await expect(rows(written('short.parquet', bytes.subarray(0, bytes.length - 9)))).rejects.toThrow('short.parquet is no parquet file')
  })
})
