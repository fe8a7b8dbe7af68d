/** Fashion-MNIST: 70,000 pictures of clothes in the form of MNIST [Xiao 2017]. */

import type { LoadOptions } from '../../data/fetch/obtain.js'
import { folderSource } from '../../data/fetching.js'
import { loadMnistLike, mnistFiles, mnistOnWeb, type TrainTest } from './mnist.js'

const files = mnistFiles({
  'train-images-idx3-ubyte': 'f4a8712d7a061bf5bd6d2ca38dc4d50a',
  'train-labels-idx1-ubyte': '9018921c3c673c538a1fc5bad174d6f9',
  't10k-images-idx3-ubyte': '8181f5470baa50b63fa0f6fddb340f0a',
  't10k-labels-idx1-ubyte': '15d484375f8d13e6eb1aabb0c3f46965',
})
const sources = [
  // where Debian's package dataset-fashion-mnist puts it
  folderSource('/usr/share/datasets/fashion-mnist'),
  mnistOnWeb('https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/'),
  mnistOnWeb('http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/'),
]

/** The ten kinds of clothes, in the order of their ids. */
const classes = ['T-shirt/top', 'trouser', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'ankle boot']

/**
 * 60,000 training and 10,000 test pictures: x (1, 28, 28) bytes that become f32 in [0, 1], y the kind as i32. Over the training pixels
 * the mean is 0.2860 and the standard deviation 0.3530. Fetched once (31 MB). Throws what `obtain` throws.
 */
export const fashionMnist = (options: LoadOptions = {}): Promise<TrainTest> =>
  loadMnistLike('fashion-mnist', files, sources, classes, options)
