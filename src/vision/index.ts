/** What pictures need: augmentation, residual networks, and ways to look inside. */

export { RandomCrop, type RandomCropOptions, RandomHorizontalFlip } from './augment/crop.js'
export { Cutout, type CutoutOptions, RandomErasing, type RandomErasingOptions } from './augment/erase.js'
export { ColorJitter, type ColorJitterOptions } from './augment/jitter.js'
export { MirrorAverage } from './augment/mirrored.js'
export { Mixup } from './augment/mixup.js'
export { Normalize } from './augment/normalize.js'
export { BasicBlock, type CifarNetOptions, CifarResNet, plain20, plain32, resnet20, resnet32 } from './models/resnet.js'
export { VisionTransformer, type VisionTransformerConfig } from './models/transformer.js'
export { filterPictures, mapPictures, overlayPictures, picturesOf, signedPictures } from './show.js'
