/** What `loop` is inside of a loop. */
import { equal } from './values/operate.js'
import { Attributes, Callee, TemplateError, Undefined, type Value } from './values/values.js'

/** The state of a loop over items; `again` renders the loop once more over others, where it is recursive. */
export class Loop {
  #at = -1
  #last: readonly Value[] | undefined
  readonly value: Attributes

  constructor(
    readonly items: readonly Value[],
    readonly depth: number,
    again: ((over: Value) => string) | undefined,
  ) {
    const repeat = again && ((args: readonly Value[]): Value => again(args[0] ?? new Undefined('loop() is given nothing')))
    this.value = new Attributes('LoopContext', (name) => this.#get(name), repeat)
  }

  next(): void {
    this.#at++
  }

  #get(name: string): Value | undefined {
    const { length } = this.items
    switch (name) {
      case 'index':
        return this.#at + 1
      case 'index0':
        return this.#at
      case 'revindex':
        return length - this.#at
      case 'revindex0':
        return length - this.#at - 1
      case 'first':
        return this.#at === 0
      case 'last':
        return this.#at === length - 1
      case 'length':
        return length
      case 'depth':
        return this.depth + 1
      case 'depth0':
        return this.depth
      case 'previtem':
        return this.#at > 0 ? this.items[this.#at - 1] : new Undefined('there is no previous item')
      case 'nextitem':
        return this.#at + 1 < length ? this.items[this.#at + 1] : new Undefined('there is no next item')
      case 'cycle':
        return new Callee(name, (args) => {
          if (args.length === 0) throw new TemplateError('no items for cycling given')
          return args[this.#at % args.length]!
        })
      case 'changed':
        return new Callee(name, (args) => {
          const changed = !this.#last || this.#last.length !== args.length || args.some((value, i) => !equal(value, this.#last![i]!))
          this.#last = args
          return changed
        })
      default:
        return undefined
    }
  }
}
