/** Putting something in the place of something else for a while, and exactly back. */

/** Where a model holds something: a field, a place in an array, an entry of a Map. */
export interface Place {
  readonly holder: object
  readonly key: unknown
}

/** Puts things back. */
export type Undo = () => void

/** What stands in a place. */
export const heldIn = ({ holder, key }: Place): unknown =>
  holder instanceof Map ? holder.get(key) : (holder as Readonly<Record<string, unknown>>)[key as string]

/** Whether something else can be put there: not where the holder is frozen, nor where it computes what it gives. */
export function canPut({ holder, key }: Place): boolean {
  if (holder instanceof Map) return true
  const own = Object.getOwnPropertyDescriptor(holder, key as string)
  return own ? own.configurable === true && 'value' in own : Object.isExtensible(holder)
}

/** Puts a value in a place where it can be put; a field keeps its rank among the others. The function it returns brings back what was there. */
export function put({ holder, key }: Place, value: unknown): Undo {
  if (holder instanceof Map) {
    const before: unknown = holder.get(key)
    holder.set(key, value)
    return () => holder.set(key, before)
  }
  const field = key as string
  const own = Object.getOwnPropertyDescriptor(holder, field)
  Object.defineProperty(holder, field, { configurable: true, enumerable: own?.enumerable ?? false, writable: own?.writable ?? true, value })
  return () => {
    if (own) Object.defineProperty(holder, field, own)
    else Reflect.deleteProperty(holder, field)
  }
}

/** Lets `note` see what the function in a place gives, until the function it returns is called. */
export function watch(place: Place, note: (value: unknown) => void): Undo {
  const f = heldIn(place) as (...inputs: unknown[]) => unknown
  return put(place, function (this: unknown, ...inputs: unknown[]): unknown {
    const value = f.apply(this, inputs)
    note(value)
    return value
  })
}

/** What `f` gives, with the changes that `change` makes before and lists as it goes; they are undone afterwards, whatever happens. */
export function meanwhile<T>(change: (undo: Undo[]) => void, f: () => T): T {
  const undo: Undo[] = []
  try {
    change(undo)
    return f()
  } finally {
    for (const back of undo.reverse()) back()
  }
}
