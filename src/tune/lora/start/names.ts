/** The names of what A and B are at first. */

/**
 * What A and B are at first. `true`: A as a Linear's weights, B 0. `'gaussian'`: A normal with deviation 1/rank, B 0. `false`: both random, so that the adapter changes the
 * model at once. `'orthogonal'`: both of normal numbers, BA = 0, by different rows of one orthogonal matrix; the rank is even.
 *
 * `'pissa'`: the principal part of the weights, B = U √(S/s), A = √(S/s) Vᵀ of the `rank` largest singular values of W [Meng 2024]; `'pissa_niter_4'`: nearly so, by four
 * rounds from random vectors [Halko 2011], much quicker. `'olora'`: B the first columns of Q and A the first rows of R, W = QR [Büyükakyüz 2024]. These three learn on
 * W − s · B₀A₀, which with the adapter is W at first: (W − s · B₀A₀) x + s · BA x. The base itself keeps its weights: `off`, other adapters, `unmerge` and `remove` have all of W,
 * and `saveAdapter` writes BA − B₀A₀, an adapter of twice the rank that anyone puts on W. They need weights in full, not in blocks of few bits. Tables start as with `true`.
 */
export type Initialisation = boolean | 'gaussian' | 'orthogonal' | 'pissa' | `pissa_niter_${number}` | 'olora'

/** The number of rounds of `pissa_niter_4`; undefined for other names. */
export const roundsOf = (initialisation: Initialisation): number | undefined => {
  const rounds = typeof initialisation === 'string' ? /^pissa_niter_(\d+)$/.exec(initialisation)?.[1] : undefined
  return rounds === undefined ? undefined : Number(rounds)
}

/** Whether the first s · BA is a part of the base's weights. */
export const isPartOfBase = (initialisation: Initialisation): boolean =>
  initialisation === 'olora' || initialisation === 'pissa' || roundsOf(initialisation) !== undefined
