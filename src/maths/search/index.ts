/** Finding and counting: places in sorted rows, what is there once, how often. */
export * from './counting.js'
export * from './searchSorted.js'
export * from './unique.js'
