/** Elements, rows and parts by number, by index and by mask: read and written. */
export * from './along.js'
export * from './at.js'
export * from './masked.js'
export * from './put.js'
export * from './scatterReduce.js'
export * from './take.js'
