/** What numbers say together: order, spread, what runs along them, and all of it without NaN. */
export * from './missing.js'
export * from './moments.js'
export * from './quantile.js'
export * from './running.js'
