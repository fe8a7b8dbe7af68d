/** What is learned: a dictionary to read, and a question about it that was never asked there. */
import type { Definition } from '../../sets/index.js'

/** A question with its answer, as `sft` takes them. */
export interface Question {
  readonly prompt: string
  readonly completion: string
  readonly kind: Definition['kind']
}

/** A dictionary, and questions about entries that are not in it. */
export interface Task {
  /** entries: `purge (noun): an abrupt or sudden removal of …` */
  readonly entries: readonly string[]
  readonly learned: readonly Question[]
  readonly heldOut: readonly Question[]
}

export const kinds = ['noun', 'verb', 'adjective', 'adverb'] as const satisfies readonly Definition['kind'][]

/** letters of an explanation that is asked about, at most: they are short, so that a step is */
const longest = 80

/**
 * Which kind of word does an explanation explain? The dictionary says the kind in front of it, the question asks behind it. As many questions of each kind, evenly spread over the
 * dictionary, so that guessing is right in one of four; one in five of all is held out.
 */
export function kindTask(all: readonly Definition[], { learned, heldOut }: { readonly learned: number; readonly heldOut: number }): Task {
  const asked = new Map<Definition, 'learned' | 'heldOut'>()
  const wanted = { learned: Math.ceil(learned / kinds.length), heldOut: Math.ceil(heldOut / kinds.length) }
  for (const kind of kinds) {
    const some = all.filter((one) => one.kind === kind && one.gloss.length <= longest)
    const count = Math.min(some.length, wanted.learned + wanted.heldOut)
    const isHeldOut = (i: number): boolean => Math.floor(((i + 1) * wanted.heldOut) / count) > Math.floor((i * wanted.heldOut) / count)
    for (let i = 0; i < count; i++) asked.set(some[Math.floor((i * some.length) / count)]!, isHeldOut(i) ? 'heldOut' : 'learned')
  }
  // by turns: whatever is read one part after another has some of each kind in every part
  const questions = (part: 'learned' | 'heldOut'): Question[] => {
    const byKind = kinds.map((kind) => [...asked].filter(([one, of]) => of === part && one.kind === kind))
    const most = Math.max(...byKind.map(({ length }) => length))
    return Array.from({ length: most }, (_, i) => byKind.flatMap((some) => some.slice(i, i + 1)))
      .flat()
      .map(([{ gloss, kind }]) => ({ prompt: `${gloss} (`, completion: `${kind})`, kind }))
  }
  return {
    entries: all.filter((one) => !asked.has(one)).map(({ words, kind, gloss }) => `${words[0]} (${kind}): ${gloss}`),
    learned: questions('learned'),
    heldOut: questions('heldOut'),
  }
}
