/** Convolutions and their transposes. */
import * as ops from '../allOps.js'
import * as loops from '../convolving.js'
import { some, whole } from '../examples.js'
import type { Row } from '../row.js'

export const rows: readonly Row[] = [
  {
    name: 'conv',
    covers: ['conv', 'convWeightGrad'],
    cases: [
      {
        name: 'one axis, bias',
        inputs: () => [some([2, 3, 9]), some([4, 3, 3], { seed: 2 }), some([4], { seed: 3 })],
        call: (x, w, bias) => ops.conv(x!, w!, { bias: bias! }),
        reference: (x, w, b) => loops.conv(x!, w!, b, loops.walked(1)),
      },
      {
        name: 'two axes, everything different per axis, two groups',
        inputs: () => [some([2, 4, 8, 7]), some([6, 2, 3, 2], { seed: 2 }), some([6], { seed: 3 })],
        call: (x, w, bias) => ops.conv(x!, w!, { bias: bias!, stride: [2, 1], padding: [2, 1], dilation: [2, 3], groups: 2 }),
        reference: (x, w, b) =>
          loops.conv(x!, w!, b, {
            stride: [2, 1],
            padding: [
              [2, 2],
              [1, 1],
            ],
            dilation: [2, 3],
            groups: 2,
          }),
      },
      {
        name: 'two kernels for each channel',
        inputs: () => [some([1, 4, 5, 5]), some([8, 1, 3, 3], { seed: 2 })],
        call: (x, w) => ops.conv(x!, w!, { padding: 1, groups: 4 }),
        reference: (x, w) => loops.conv(x!, w!, undefined, loops.walked(2, { padding: 1, groups: 4 })),
      },
      {
        name: 'one kernel for each channel, strided, dilated',
        inputs: () => [some([2, 3, 8, 9]), some([3, 1, 3, 2], { seed: 2 })],
        call: (x, w) => ops.conv(x!, w!, { stride: 2, padding: [1, 0], dilation: [1, 3], groups: 3 }),
        reference: (x, w) =>
          loops.conv(x!, w!, undefined, {
            stride: [2, 2],
            padding: [
              [1, 1],
              [0, 0],
            ],
            dilation: [1, 3],
            groups: 3,
          }),
      },
      {
        name: "'same' with an even kernel: the odd zero goes behind",
        inputs: () => [some([1, 2, 5, 6]), some([2, 2, 2, 4], { seed: 2 })],
        call: (x, w) => ops.conv(x!, w!, { padding: 'same' }),
        reference: (x, w) =>
          loops.conv(x!, w!, undefined, {
            stride: [1, 1],
            padding: [
              [0, 1],
              [1, 2],
            ],
            dilation: [1, 1],
            groups: 1,
          }),
      },
      {
        name: 'a stride longer than the kernel leaves positions unread',
        inputs: () => [some([1, 2, 8, 9]), some([3, 2, 1, 2], { seed: 2 })],
        call: (x, w) => ops.conv(x!, w!, { stride: 3 }),
        reference: (x, w) => loops.conv(x!, w!, undefined, loops.walked(2, { stride: 3 })),
      },
      {
        name: 'three axes',
        inputs: () => [some([1, 2, 4, 3, 5]), some([2, 2, 2, 3, 2], { seed: 2 })],
        call: (x, w) => ops.conv(x!, w!, { stride: [2, 1, 1], padding: [0, 1, 1], dilation: [1, 1, 2] }),
        reference: (x, w) =>
          loops.conv(x!, w!, undefined, {
            stride: [2, 1, 1],
            padding: [
              [0, 0],
              [1, 1],
              [1, 1],
            ],
            dilation: [1, 1, 2],
            groups: 1,
          }),
      },
      {
        name: 'no batch axis',
        inputs: () => [some([2, 4, 4]), some([3, 2, 3, 3], { seed: 2 })],
        call: (x, w) => ops.conv(x!, w!),
        reference: (x, w) => {
          const { shape, data } = loops.conv({ shape: [1, ...x!.shape], data: x!.data }, w!, undefined, loops.walked(2))
          return { shape: shape.slice(1), data }
        },
      },
    ],
    large: {
      inputs: () => [whole([4, 16, 24, 20]), whole([32, 16, 3, 3], { seed: 2 }), whole([32], { seed: 3 })],
      call: (x, w, bias) => ops.conv(x!, w!, { bias: bias!, padding: 1 }),
    },
  },
  {
    name: 'convTranspose',
    covers: ['convTranspose'],
    cases: [
      {
        name: 'one axis, bias',
        inputs: () => [some([2, 3, 5]), some([3, 4, 3], { seed: 2 }), some([4], { seed: 3 })],
        call: (x, w, bias) => ops.convTranspose(x!, w!, { bias: bias! }),
        reference: (x, w, b) => loops.convTranspose(x!, w!, b, loops.walked(1), [0]),
      },
      {
        name: 'two axes, stride, padding, more behind, two groups',
        inputs: () => [some([2, 4, 3, 4]), some([4, 2, 3, 3], { seed: 2 }), some([4], { seed: 3 })],
        call: (x, w, bias) => ops.convTranspose(x!, w!, { bias: bias!, stride: 2, padding: 1, outputPadding: [1, 0], groups: 2 }),
        reference: (x, w, b) => loops.convTranspose(x!, w!, b, loops.walked(2, { stride: 2, padding: 1, groups: 2 }), [1, 0]),
      },
      {
        name: 'more behind than a stride, allowed by dilation',
        inputs: () => [some([1, 2, 3, 4]), some([2, 2, 2, 2], { seed: 2 }), some([2], { seed: 3 })],
        call: (x, w, bias) => ops.convTranspose(x!, w!, { bias: bias!, dilation: 3, outputPadding: 2 }),
        reference: (x, w, b) => loops.convTranspose(x!, w!, b, loops.walked(2, { dilation: 3 }), [2, 2]),
      },
      {
        name: 'three axes',
        inputs: () => [some([1, 2, 2, 3, 2]), some([2, 1, 2, 2, 3], { seed: 2 })],
        call: (x, w) => ops.convTranspose(x!, w!, { stride: [1, 2, 2], padding: [0, 1, 0] }),
        reference: (x, w) =>
          loops.convTranspose(
            x!,
            w!,
            undefined,
            {
              stride: [1, 2, 2],
              padding: [
                [0, 0],
                [1, 1],
                [0, 0],
              ],
              dilation: [1, 1, 1],
              groups: 1,
            },
            [0, 0, 0],
          ),
      },
    ],
    large: {
      inputs: () => [whole([2, 16, 20, 16]), whole([16, 24, 3, 3], { seed: 2 }), whole([24], { seed: 3 })],
      call: (x, w, bias) => ops.convTranspose(x!, w!, { bias: bias!, stride: 2, padding: 1, outputPadding: 1 }),
    },
  },
]
