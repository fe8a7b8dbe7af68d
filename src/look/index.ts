/** What it has learned: which inputs an answer rests on, and the shape of the loss. */
export { type GradCamOptions, gradCam } from './attribution/gradCam.js'
export { type IntegratedGradientsOptions, integratedGradients } from './attribution/integratedGradients.js'
export { type MaximizeOptions, maximizeActivation } from './attribution/maximize.js'
export { inputGradient, saliency } from './attribution/saliency.js'
export type { Target } from './attribution/score.js'
export { convexShare, type LossSlice, type LossSliceOptions, lossSlice } from './landscape/lossSlice.js'
export { type PathPlane, pathPlane } from './landscape/pathPlane.js'
export { flatWeights, placeWeights, randomDirection } from './landscape/weights.js'
