/** The highest of many numbers, without sorting them all. */

/** The places of the n highest numbers, highest first; of equal ones the lower place comes first. */
export function likeliest(values: ArrayLike<number>, n: number): number[] {
  const below = (a: number, b: number): boolean => values[a]! < values[b]! || (values[a] === values[b] && a > b)
  // a heap whose root is the lowest of those found so far
  const heap: number[] = []
  const sink = (from: number): void => {
    for (let at = from; ; ) {
      let low = at
      for (let child = 2 * at + 1; child <= 2 * at + 2 && child < heap.length; child++) if (below(heap[child]!, heap[low]!)) low = child
      if (low === at) return
      ;[heap[at], heap[low]] = [heap[low]!, heap[at]!]
      at = low
    }
  }
  const most = Math.min(n, values.length)
  for (let i = 0; i < most; i++) heap.push(i)
  for (let at = (most >> 1) - 1; at >= 0; at--) sink(at)
  for (let i = most; i < values.length && most > 0; i++)
    if (values[i]! > values[heap[0]!]!) {
      heap[0] = i
      sink(0)
    }
  return heap.sort((a, b) => (below(a, b) ? 1 : -1))
}
