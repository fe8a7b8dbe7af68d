/** What pictures need: augmentation, residual networks, and ways to look inside. */

export { type GradCamOptions, gradCam } from './attribution/gradCam.js'
export { type IntegratedGradientsOptions, integratedGradients } from './attribution/integratedGradients.js'
export { type MaximizeOptions, maximizeActivation } from './attribution/maximize.js'
export { inputGradient, saliency } from './attribution/saliency.js'
export type { Target } from './attribution/score.js'
export { RandomCrop, type RandomCropOptions, RandomHorizontalFlip } from './augment/crop.js'
export { Cutout, type CutoutOptions, RandomErasing, type RandomErasingOptions } from './augment/erase.js'
export { ColorJitter, type ColorJitterOptions } from './augment/jitter.js'
export { Mixup } from './augment/mixup.js'
export { Normalize } from './augment/normalize.js'
export { BasicBlock, type CifarNetOptions, CifarResNet, plain20, plain32, resnet20, resnet32 } from './models/resnet.js'
export { VisionTransformer, type VisionTransformerConfig } from './models/transformer.js'
