/** The errors of Hebb: each names the thing, the values and, where there is one, the cure. */

/** Base of every error Hebb throws on purpose. */
export class HebbError extends Error {
  override name = 'HebbError'
}

/** Shapes that do not fit, thrown while tracing, at the caller's own line. */
export class ShapeError extends HebbError {
  override name = 'ShapeError'
}

/** Dtypes that do not fit. */
export class DtypeError extends HebbError {
  override name = 'DtypeError'
}
