/** PyTorch's convolutions, pools, resizing and padding said in Hebb. */
import * as hebb from '../../src/index.js'
import type { Call, Keywords } from './torch.js'

type PerAxis = number | readonly number[]

/** Keywords that are there, under Hebb's names. */
const options = (k: Keywords, names: Readonly<Record<string, string>>): Keywords =>
  Object.fromEntries(
    Object.entries(names).flatMap(([theirs, ours]) => (k[theirs] === undefined || k[theirs] === null ? [] : [[ours, k[theirs]]])),
  )

const walk = {
  stride: 'stride',
  padding: 'padding',
  dilation: 'dilation',
  groups: 'groups',
  output_padding: 'outputPadding',
  ceil_mode: 'ceilMode',
}

const conv: Call = ([x, weight, bias], k) => hebb.conv(x!, weight!, { ...options(k, walk), ...(bias && { bias }) })
const convTranspose: Call = ([x, weight, bias], k) => hebb.convTranspose(x!, weight!, { ...options(k, walk), ...(bias && { bias }) })
/** A window given as one number is for all spatial axes of a batch. */
const window = (k: Keywords): PerAxis => k.kernel_size as PerAxis
const maxPool: Call = ([x], k) => hebb.maxPool(x!, window(k), options(k, walk))
const avgPool: Call = ([x], k) =>
  hebb.avgPool(x!, window(k), options(k, { ...walk, count_include_pad: 'countIncludePad', divisor_override: 'divisor' }))
const sizes = (k: Keywords): number | readonly (number | null)[] => k.output_size as number | readonly (number | null)[]
const adaptiveMaxPool: Call = ([x], k) => hebb.adaptiveMaxPool(x!, sizes(k))
const adaptiveAvgPool: Call = ([x], k) => hebb.adaptiveAvgPool(x!, sizes(k))

const interpolate: Call = ([x], k) =>
  hebb.interpolate(x!, {
    ...options(k, { size: 'size', scale_factor: 'scale', align_corners: 'alignCorners' }),
    mode: k.mode === 'nearest-exact' ? 'nearestExact' : (k.mode as hebb.InterpolateMode),
  })

/** PyTorch lists the last axis first, before and after alternating. */
const pad: Call = ([x], k) => {
  const flat = k.pad as readonly number[]
  const amounts = Array.from({ length: flat.length / 2 }, (_, i): [number, number] => [flat[2 * i]!, flat[2 * i + 1]!]).reverse()
  return hebb.pad(x!, amounts, options(k, { mode: 'mode', value: 'value' }))
}

/** By PyTorch's name. */
export const torchSpatial: Readonly<Record<string, Call>> = {
  conv1d: conv,
  conv2d: conv,
  conv3d: conv,
  conv_transpose1d: convTranspose,
  conv_transpose2d: convTranspose,
  conv_transpose3d: convTranspose,
  max_pool1d: maxPool,
  max_pool2d: maxPool,
  max_pool3d: maxPool,
  avg_pool1d: avgPool,
  avg_pool2d: avgPool,
  avg_pool3d: avgPool,
  adaptive_max_pool1d: adaptiveMaxPool,
  adaptive_max_pool2d: adaptiveMaxPool,
  adaptive_max_pool3d: adaptiveMaxPool,
  adaptive_avg_pool1d: adaptiveAvgPool,
  adaptive_avg_pool2d: adaptiveAvgPool,
  adaptive_avg_pool3d: adaptiveAvgPool,
  interpolate,
  pad,
}
