/** Child of the fuzz test: reads damaged files of every format, says which one it is about to read, and how many it read. argv: how many of each, seed. */

import '../../src/entry/node.js'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync, gzipSync } from 'node:zlib'
import { csv } from '../../src/data/csv.js'
import { gunzip, membersOf } from '../../src/data/fetch/archive.js'
import { parseIdx } from '../../src/data/formats/idx.js'
import { parseMail, rawOf } from '../../src/data/formats/mail.js'
import { parseR, tableOfR } from '../../src/data/formats/r-data.js'
import { swordVerses } from '../../src/data/formats/sword.js'
import { readJournal } from '../../src/files/journal.js'
import { parsePlain } from '../../src/files/plain.js'
import { formatSafetensors, parseSafetensors } from '../../src/files/safetensors/bytes.js'
import { HebbError } from '../../src/tensor/errors.js'
import { fromFormat1 } from '../../src/train/run/format1.js'

const [count, seed] = process.argv.slice(2).map(Number) as [number, number]
let state = seed
const random = (n: number): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * n)
}
const folder = mkdtempSync(join(tmpdir(), 'hebb-fuzz-'))
const text = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes)

/** Bytes changed, exchanged for telling ones, cut out, repeated, cut off. */
function damaged(whole: Uint8Array): Uint8Array {
  let bytes = Uint8Array.from(whole)
  for (let turns = 1 + random(4); turns > 0; turns--) {
    const at = random(bytes.length)
    const kind = random(6)
    if (kind === 0) bytes[at] = random(256)
    else if (kind === 1) bytes.fill([0, 255, 127, 128, 32, 34][random(6)]!, at, at + 1 + random(8))
    else if (kind === 2) bytes = bytes.slice(0, at)
    else if (kind === 3) bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1 + random(8))])
    else if (kind === 4) bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at, at + 30), ...bytes.subarray(at)])
    else bytes[at]! ^= 1 << random(8)
    if (bytes.length === 0) bytes = Uint8Array.of(random(256))
  }
  return bytes
}

const utf8 = (written: string): Uint8Array => new TextEncoder().encode(written)
const be = (...values: number[]): number[] => values.flatMap((v) => [v >>> 24, (v >>> 16) & 255, (v >>> 8) & 255, v & 255])
const word = (written: string): number[] => [...be(9, written.length), ...utf8(written)]
const pairs = (tag: string, ...value: number[]): number[] => [...be(0x402, 1), ...word(tag), ...value, ...be(254)]
const table = Uint8Array.from([
  ...utf8('X\n'),
  ...be(2, 0, 0),
  ...be(0x213, 2),
  ...[...be(13, 3), ...be(1, 2, 3)],
  ...[...be(16, 3), ...word('a'), ...word('b'), ...word('c')],
  ...pairs('names', ...be(16, 2), ...word('x'), ...word('y')),
])

function tar(name: string, content: Uint8Array): Uint8Array {
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write('0000644\0', 100)
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write('        ', 148)
  header.write('0', 156)
  header.write('ustar\u000000', 257)
  const sum = header.reduce((a, b) => a + b, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([header, content, Buffer.alloc(512 - (content.length % 512)), Buffer.alloc(1024)])
}

const verses = utf8('<chapter osisID="Gen.1" sID="a"/>In the <note>n</note>beginning &amp; so on<title>t</title>')
const packed = deflateSync(verses)
const index = Buffer.alloc(12)
index.writeUInt32LE(packed.length, 4)
index.writeUInt32LE(verses.length, 8)
const places = Buffer.alloc(20)
places.writeUInt16LE(33, 8)
places.writeUInt32LE(33, 14)
places.writeUInt16LE(verses.length - 33, 18)
const sword = Buffer.concat([index, places, packed])

const readers: Readonly<Record<string, readonly [Uint8Array, (bytes: Uint8Array) => unknown]>> = {
  safetensors: [
    formatSafetensors(
      { a: { dtype: 'f32', shape: [2, 3], data: new Float32Array(6) }, b: { dtype: 'bool', shape: [3], data: new Uint8Array(3) } },
      { note: 'x' },
    ),
    (bytes) => parseSafetensors(bytes),
  ],
  state: [
    utf8(
      '{"step":3,"pending":0,"carry":[{"a":1}],"position":{"epoch":1,"batch":2,"sums":{"l":"nan"},"examples":3,"seconds":1.5},"identity":{"seed":0}}',
    ),
    (bytes) => fromFormat1(parsePlain('state', text(bytes)), new Map()),
  ],
  csv: [utf8('a,b,c\n1,"x ""y""",true\n-2.5e3,,false\r\n,"l\nm",NA\n'), (bytes) => csv(text(bytes), { onMissing: 'nan', words: 'ids' })],
  mail: [
    utf8(
      'Subject: =?utf-8?Q?a=20b?=\nContent-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n<p>a=\nb<!-- c --><script>d</script>&amp;\n--x--\n',
    ),
    (bytes) => parseMail(rawOf(bytes)),
  ],
  r: [table, (bytes) => tableOfR(parseR(bytes))],
  idx: [Uint8Array.of(0, 0, 13, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 128, 63, 0, 0, 0, 64), (bytes) => parseIdx(bytes)],
  gzip: [gzipSync(utf8('some words that are packed, packed, packed')), (bytes) => gunzip(bytes, 1 << 20)],
  sword: [sword, (bytes) => swordVerses({ blocks: bytes.subarray(0, 12), verses: bytes.subarray(12, 32), texts: bytes.subarray(32) })],
  tar: [
    tar('a.txt', utf8('content')),
    async (bytes) => {
      const path = join(folder, 'a.tar')
      writeFileSync(path, random(2) ? gzipSync(bytes) : bytes)
      for await (const _ of membersOf(path, () => true));
    },
  ],
  journal: [
    utf8('{"step":1,"loss":"nan"}\n{"step":2,"loss":0.5}\n'),
    async (bytes) => {
      const path = join(folder, 'metrics.jsonl')
      writeFileSync(path, bytes)
      await readJournal(path)
    },
  ],
}

const refused: Record<string, number> = {}
let most = 0
for (const [name, [whole, read]] of Object.entries(readers)) {
  await read(whole) // the undamaged one is read
  for (let i = 0; i < count; i++) {
    const bytes = damaged(whole)
    try {
      await read(bytes)
    } catch (error) {
      if (!(error instanceof HebbError)) {
        console.log(`${name} ${i} of seed ${seed}: ${(error as Error).stack}\n${Buffer.from(bytes).toString('base64')}`)
        process.exit(1)
      }
      refused[name] = (refused[name] ?? 0) + 1
    }
    if (i % 64 === 0) most = Math.max(most, process.memoryUsage().rss)
  }
}
rmSync(folder, { recursive: true })
console.log(JSON.stringify({ refused, megabytes: Math.round(most / 1e6) }))
