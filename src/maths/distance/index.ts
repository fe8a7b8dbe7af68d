/** How near vectors are: distances, angles, lengths. */
export * from './distances.js'
export * from './similarity.js'
