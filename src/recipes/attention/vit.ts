/** A vision Transformer on small pictures, beside a convolutional net and a plain one. */

import { relu } from '../../functional/index.js'
import { crossEntropy } from '../../loss/index.js'
import { topKAccuracy } from '../../metrics/index.js'
import { Conv2d, countParameters, Flatten, type Layer, Linear, MaxPool2d, sequential } from '../../nn/index.js'
import { adamW, noDecay, oneCycle } from '../../optim/index.js'
import { seriesOf } from '../../report/curves/journal.js'
import type { Picture } from '../../report/index.js'
import { save } from '../../saving/index.js'
import * as sets from '../../sets/index.js'
import { greatest, least } from '../../tensor/extremes.js'
import type { Tensor } from '../../tensor/index.js'
import { predict } from '../../train/index.js'
import { VisionTransformer } from '../../vision/index.js'
import { classificationReport, pictureOf, probabilitiesOf } from '../classification.js'
import { loading } from '../loading.js'
import { percent } from '../numbers.js'
import { choice, count } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { train } from '../training.js'

const batchSize = 128
const side = 28
const shown = 12

/** A plain net and a convolutional one of about as many parameters. */
const others = (): Readonly<Record<string, Layer>> => ({
  'two dense layers': sequential(new Flatten(), new Linear(side * side, 128), relu, new Linear(128, 10)),
  convolutions: sequential(
    new Conv2d(1, 16, 3, { padding: 1 }),
    relu,
    new MaxPool2d(2),
    new Conv2d(16, 32, 3, { padding: 1 }),
    relu,
    new MaxPool2d(2),
    new Flatten(),
    new Linear(32 * 7 * 7, 80),
    relu,
    new Linear(80, 10),
  ),
})

/** Pixels of [0, 1] around 0. */
const centred = (net: Layer): Layer & { readonly net: Layer } => ({ net, forward: (x: Tensor) => net.forward(x.sub(0.3).mul(3)) })

/** `hebb train vit` */
export const vitRecipe: Recipe = defineRecipe({
  name: 'vit',
  summary: 'a Transformer that reads pictures as sentences of patches: clothes or digits, beside convolutions and dense layers',
  options: {
    data: choice(['fashion', 'digits'], 'fashion', 'what the pictures show'),
    epochs: count(4, 'times through the training set'),
    examples: count(60_000, 'how many of the training pictures to learn from'),
    patch: count(7, 'side of a patch: 4, 7 or 14 pixels', { least: 2 }),
    width: count(64, 'width of the Transformer'),
    layers: count(4, 'its layers'),
    measured: count(10_000, 'test pictures'),
  },
  quick: { epochs: 1, examples: 640, patch: 14, width: 32, layers: 1, measured: 200 },
  async run(context) {
    const { seed, data, epochs, examples, patch, width, layers, measured } = context.settings
    const all = data === 'digits' ? await loading(context, 'MNIST', sets.mnist) : await loading(context, 'Fashion-MNIST', sets.fashionMnist)
    const [trainSet, test] = [all.train.take(examples), all.test.take(measured)]
    const vit = new VisionTransformer({ picture: [1, side, side], patch, classes: 10, width, heads: 4, layers, hidden: 2 * width })
    const nets = { ...others(), 'vision Transformer': vit }
    const steps = Math.ceil(trainSet.length / batchSize) * epochs
    const labels = test.columns.y.data as ArrayLike<number>
    const found = []
    for (const [name, net] of Object.entries(nets)) {
      const model = centred(net)
      const training = await train(context, model, trainSet, {
        part: name.replaceAll(' ', '-'),
        loss: crossEntropy,
        optimizer: adamW({ lr: oneCycle({ lr: 3e-3, steps }), weightDecay: 0.05, groups: [noDecay] }),
        clip: { norm: 1 },
        epochs,
        batchSize,
        validation: test,
        unit: 'img',
      })
      if (!training) return undefined
      const probabilities = await probabilitiesOf(model, test)
      found.push({
        name,
        model,
        ...training,
        probabilities,
        accuracy: topKAccuracy(probabilities, labels, 10),
        parameters: countParameters(model).total,
      })
    }
    const last = found.at(-1)!
    const [dense, convolutional] = found
    await save(vit, context.path('model.safetensors'), { recipe: 'vit', seed: String(seed) })
    const pictures = test.take(shown)
    const maps = await (await predict({ net: vit, forward: (x: Tensor) => vit.rollout(x.sub(0.3).mul(3)) } as Layer, pictures))
      .cast('f32')
      .data()
    await classificationReport(context, {
      title: `Vision Transformer: ${data === 'digits' ? 'digits' : 'clothes'} as sentences of patches`,
      description: `${(side / patch) ** 2} patches of ${patch} × ${patch} pixels, ${layers} ${layers === 1 ? 'layer' : 'layers'}, ${width} wide; trained on ${trainSet.length.toLocaleString('en')} pictures, tested on ${test.length.toLocaleString('en')} others.`,
      data: test,
      probabilities: last.probabilities,
      journal: last.journal,
      seconds: last.seconds,
      model: vit,
      sections: [
        {
          title: 'Beside other nets',
          text: 'All three have about as many parameters and the same training. A convolution knows from the start that neighbouring pixels belong together and that a thing is the same thing elsewhere; the Transformer has to learn both from the pictures, and sixty thousand are few for that.',
          figures: [
            {
              kind: 'table',
              title: 'Test accuracy',
              columns: ['net', 'right', 'parameters', 'seconds'],
              rows: found.map((f) => [f.name, `${(100 * f.accuracy).toFixed(2)} %`, f.parameters, Math.round(f.seconds)]),
            },
            {
              kind: 'lines',
              title: 'Accuracy on the test set after each epoch',
              x: { title: 'step' },
              y: { scale: 'percent' },
              series: found.map((f) => ({
                name: f.name,
                points: seriesOf(f.name, f.journal, 'validation.accuracy').points.map(({ step, value }) => ({ x: step, y: value })),
                style: 'both',
              })),
            },
          ],
        },
        {
          title: 'Where it looks',
          text: 'For each picture the patches from which the class token gathered most: the attention of all layers multiplied. Light is more.',
          figures: [
            {
              kind: 'pictures',
              title: 'Pictures and what reached the class token',
              size: 84,
              rows: [
                { title: 'picture', pictures: Array.from({ length: shown }, (_, i) => ({ picture: pictureOf(pictures, i) })) },
                { title: 'attention', pictures: Array.from({ length: shown }, (_, i) => ({ picture: mapOf(maps, i, side / patch) })) },
              ],
            },
          ],
        },
      ],
      config: { recipe: 'vit', batchSize, optimizer: 'adamW, weight decay 0.05', schedule: 'oneCycle to 3e-3' },
    })
    return {
      headline: `${percent(last.accuracy)} of the test pictures right (${data})`,
      baseline: `${percent(convolutional!.accuracy)} by convolutions, ${percent(dense!.accuracy)} by two dense layers, of about as many parameters`,
      numbers: {
        testAccuracy: last.accuracy,
        convolutionsAccuracy: convolutional!.accuracy,
        denseAccuracy: dense!.accuracy,
        seconds: found.reduce((sum, f) => sum + f.seconds, 0),
        epochs,
        seed,
        parameters: last.parameters,
      },
    }
  },
})

/** A map of one number per patch, as large as the picture, its highest white. */
function mapOf(maps: Float32Array, i: number, grid: number): Picture {
  const map = maps.subarray(i * grid * grid, (i + 1) * grid * grid)
  const [low, high] = [least(map), greatest(map)]
  const at = (p: number): number => Math.floor((p * grid) / side)
  return {
    width: side,
    height: side,
    channels: 1,
    pixels: Float32Array.from(
      { length: side * side },
      (_, p) => (map[at(Math.floor(p / side)) * grid + at(p % side)]! - low) / (high - low || 1),
    ),
  }
}
