/** Axes moved, tensors joined, grids, diagonals. */
export * from './axes.js'
export * from './diagonals.js'
export * from './grids.js'
export * from './join.js'
