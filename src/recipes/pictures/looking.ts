/** What a trained network looks at: sections for the reports of picture recipes. */

import { batches, type Dataset } from '../../data/index.js'
import { gradCam, integratedGradients, maximizeActivation, saliency } from '../../look/index.js'
import { activations, type Layer, type Param } from '../../nn/index.js'
import type { Figure, Picture, Section } from '../../report/index.js'
import { greatest } from '../../tensor/extremes.js'
import type { Tensor } from '../../tensor/index.js'
import { filterPictures, mapPictures, overlayPictures, picturesOf, signedPictures } from '../../vision/index.js'

/** Where to look. */
export interface Looking {
  /** from pixels in [0, 1] to scores of classes */
  readonly model: Layer
  readonly test: Dataset<'x' | 'y'>
  readonly classes: readonly string[]
  /** kernels of the first convolution */
  readonly kernels: Param
  /** layers from first to last, each with what to call it */
  readonly layers: readonly { readonly path: string; readonly title: string }[]
  /** steps that make a picture which excites a channel */
  readonly steps: number
}

const perRow = 10

/** The sections, made of the first test picture of each class: none is chosen for being right or pretty. */
export async function lookingInside({ model, test, classes, kernels, layers, steps }: Looking): Promise<Section[]> {
  const labels = test.columns.y.data as ArrayLike<number>
  const firsts = classes.map((_, c) => Array.prototype.findIndex.call(labels, (y: number) => Number(y) === c)).filter((i) => i >= 0)
  const shown = firsts.slice(0, perRow)
  const [batch] = batches(test.select(shown), shown.length, { shuffle: false })
  const { x } = batch!
  const truth = shown.map((i) => Number(labels[i]))
  const names = truth.map((t) => classes[t]!)
  const inside = activations(
    model,
    x.slice([[0, 1]]),
    layers.map(({ path }) => path),
  ).inside
  const busiest = new Map<string, number[]>()
  const mapRows: { title: string; pictures: { picture: Picture; name: string }[] }[] = []
  for (const { path, title } of layers) {
    const maps = inside.get(path)!.at(0)
    const means = Array.from(await maps.mean([1, 2]).data())
    const channels = means
      .map((_, c) => c)
      .sort((a, b) => means[b]! - means[a]!)
      .slice(0, perRow)
    busiest.set(path, channels)
    const pictures = await mapPictures(maps)
    mapRows.push({ title, pictures: channels.map((c) => ({ picture: pictures[c]!, name: `${title}, channel ${c}` })) })
  }
  const shape = x.shape.slice(1) as [number, number, number]
  const likes: typeof mapRows = []
  for (const { path, title } of layers) {
    const channels = busiest.get(path)!
    const pictures = await picturesOf(await maximizeActivation(model, { layer: path, channels, shape, steps }))
    likes.push({ title, pictures: pictures.map((picture, i) => ({ picture, name: `${title}, channel ${channels[i]}` })) })
  }
  const wholes = await picturesOf(await maximizeActivation(model, { layer: '', channels: truth, shape, steps, smooth: 3 }))
  return [
    {
      title: 'What the first layer looks for',
      text: 'Each picture is a kernel of the first convolution: grey weighs nothing, bright raises the answer, dark lowers it. Edges of several directions, and blobs.',
      figures: [
        pictures(
          'Kernels of the first layer',
          (await filterPictures(kernels)).map((picture, i) => ({ picture, name: `kernel ${i}` })),
          48,
        ),
      ],
    },
    {
      title: 'From lines to parts to wholes',
      text: `What the layers answer to one picture (${names[0]}): the ${perRow} channels that answer most, layer by layer; white is the strongest answer. Early maps still look like the picture, lines of it; late ones say in a few places that a part is there.`,
      figures: [
        pictures('The picture', [{ picture: (await picturesOf(x))[0]!, name: names[0]! }], 72),
        { kind: 'pictures', title: 'Feature maps', rows: mapRows, size: 72 },
      ],
    },
    {
      title: 'What channels like best',
      text: `Pictures made to excite the same channels, climbing the gradient from grey noise, or where a channel is silent on that from stronger noise (${steps} steps), and at last the classes themselves.`,
      figures: [
        { kind: 'pictures', title: 'Pictures that excite a channel', rows: likes, size: 72 },
        pictures(
          'Pictures that excite a class',
          wholes.map((picture, i) => ({ picture, caption: names[i]! })),
          72,
        ),
      ],
    },
    {
      title: 'Where it looks',
      text: 'The first test picture of each class, explained for its true class. Saliency: which pixels would change the score. Integrated gradients: what each pixel gave (red) or took (blue), adding up to the score less that of a black picture. Grad-CAM: where the last maps saw the class.',
      figures: [await whereItLooks(model, x, truth, names, classes, layers.at(-1)!.path)],
    },
  ]
}

async function whereItLooks(
  model: Layer,
  x: Tensor,
  truth: readonly number[],
  names: readonly string[],
  classes: readonly string[],
  layer: string,
): Promise<Figure> {
  const logits = (await model.forward(x).array()) as number[][]
  const said = logits.map((row) => classes[row.indexOf(greatest(row))]!)
  const named = (list: readonly Picture[], what: string): { picture: Picture; name: string }[] =>
    list.map((picture, i) => ({ picture, name: `${names[i]}, ${what}` }))
  const photographs = (await picturesOf(x)).map((picture, i) => ({
    picture,
    caption: said[i] === names[i] ? names[i]! : `${names[i]}, taken for ${said[i]}`,
  }))
  return {
    kind: 'pictures',
    title: 'Three explanations',
    rows: [
      { title: 'Picture', pictures: photographs },
      { title: 'Saliency', pictures: named(await mapPictures(saliency(model, x, truth)), 'saliency') },
      {
        title: 'Integrated gradients',
        pictures: named(await signedPictures(await integratedGradients(model, x, truth)), 'integrated gradients'),
      },
      { title: 'Grad-CAM', pictures: named(await overlayPictures(x, gradCam(model, x, truth, { layer })), 'Grad-CAM') },
    ],
    size: 72,
  }
}

type Captioned = { readonly picture: Picture; readonly caption?: string | undefined; readonly name?: string | undefined }

const pictures = (title: string, list: readonly Captioned[], size: number): Figure => ({ kind: 'pictures', title, pictures: list, size })
