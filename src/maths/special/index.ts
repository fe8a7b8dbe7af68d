/** Functions of numbers beyond arithmetic, element by element. */
export * from './angles.js'
export * from './bits.js'
export * from './erfinv.js'
export * from './gamma.js'
export * from './logs.js'
