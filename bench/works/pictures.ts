/** Networks for pictures: a plain one for MNIST, a residual network [He 2016] and a transformer [Dosovitskiy 2021]. */
import type { CnnWork, ResnetWork, VitWork } from './work.js'

export const mnistCnn: CnnWork = {
  kind: 'cnn',
  name: 'mnist-cnn',
  title: 'MNIST CNN 32-64-128, N 64',
  side: 28,
  channels: [1, 32, 64],
  sizes: [128, 10],
  batch: 64,
}

export const resnet20: ResnetWork = {
  kind: 'resnet',
  name: 'resnet20',
  title: 'ResNet-20 on 32×32, N 128',
  side: 32,
  widths: [16, 32, 64],
  blocks: 3,
  classes: 10,
  batch: 128,
}

export const vitTiny: VitWork = {
  kind: 'vit',
  name: 'vit-tiny',
  title: 'ViT-tiny on 224×224, N 4',
  side: 224,
  patch: 16,
  layers: 12,
  heads: 3,
  width: 192,
  classes: 1000,
  batch: 4,
}
