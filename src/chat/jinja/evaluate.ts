/** The expressions of a template as values. */
import { filters } from './library/filters.js'
import { sequences } from './library/sequences.js'
import { passes } from './library/tests.js'
import type { Arguments, Expression } from './syntax/tree.js'
import { attribute, item } from './values/access.js'
import type { Given } from './values/methods.js'
import { binary, comparison, concat, signed, sliced } from './values/operate.js'
import { text } from './values/print.js'
import {
  Attributes,
  Callee,
  Dict,
  defined,
  iterate,
  TemplateError,
  Tuple,
  truthy,
  typeName,
  Undefined,
  type Value,
} from './values/values.js'

/** statements and expressions a rendering takes at most */
const mostSteps = 5_000_000

/** Names, and the scope around them. */
export class Scope {
  readonly #names = new Map<string, Value>()
  constructor(readonly around?: Scope) {}
  get(name: string): Value | undefined {
    const found = this.#names.get(name)
    return found === undefined ? this.around?.get(name) : found
  }
  set(name: string, value: Value): void {
    this.#names.set(name, value)
  }
}

/** What expressions are evaluated by; counts its steps. */
export class Evaluator {
  #steps = 0
  readonly #sequences = sequences((name, value, given) => this.filter(name, value, given))

  protected tick(line: number): void {
    if (++this.#steps > mostSteps) throw new TemplateError(`line ${line}: the template takes more than ${mostSteps} steps: does it end?`)
  }

  protected given(given: Arguments, scope: Scope): Given {
    const args = given.args.map((arg) => this.value(arg, scope))
    if (given.spread) args.push(...iterate(this.value(given.spread, scope)))
    const named = new Map(given.named.map(([name, value]) => [name, this.value(value, scope)]))
    if (given.spreadNamed) {
      const more = this.value(given.spreadNamed, scope)
      if (!(more instanceof Dict)) throw new TemplateError(`what is spread by ** is to be a dict, not ${typeName(more)}`)
      for (const [name, value] of more.entries()) named.set(text(name), value)
    }
    return { args, named }
  }

  protected call(of: Value, args: readonly Value[], named: ReadonlyMap<string, Value>): Value {
    const call = of instanceof Callee || of instanceof Attributes ? of.call : undefined
    if (!call) throw new TemplateError(`'${typeName(defined(of))}' object is not callable`)
    return call(args, named)
  }

  protected filter(name: string, value: Value, given: Given): Value {
    const known = name === 'd' ? 'default' : name
    const filter = Object.hasOwn(filters, known)
      ? filters[known]
      : Object.hasOwn(this.#sequences, known)
        ? this.#sequences[known]
        : undefined
    if (!filter) throw new TemplateError(`No filter named '${name}'.`)
    return filter(value, given)
  }

  /** The value of an expression; `piped` is what stands before a filter that has nothing before it. */
  protected value(e: Expression, scope: Scope, piped?: string): Value {
    this.tick(e.line)
    switch (e.kind) {
      case 'constant':
        return e.value
      case 'name': {
        const found = scope.get(e.name)
        return found === undefined ? new Undefined(`'${e.name}' is undefined`) : found
      }
      case 'list':
        return e.items.map((one) => this.value(one, scope))
      case 'tuple':
        return new Tuple(e.items.map((one) => this.value(one, scope)))
      case 'dict':
        return new Dict(e.entries.map(([key, value]) => [this.value(key, scope), this.value(value, scope)]))
      case 'attribute':
        return attribute(this.value(e.of, scope), e.name)
      case 'item': {
        const of = this.value(e.of, scope)
        if (e.key.kind === 'slice')
          return sliced(
            of,
            e.key.parts.map((part) => part && this.value(part, scope)),
          )
        return item(of, this.value(e.key, scope))
      }
      case 'slice':
        throw new TemplateError(`line ${e.line}: a slice stands where one cannot be`)
      case 'call': {
        const of = this.value(e.of, scope)
        const { args, named } = this.given(e.given, scope)
        return this.call(of, args, named)
      }
      case 'filter':
        return this.filter(e.name, e.of ? this.value(e.of, scope, piped) : (piped ?? ''), this.given(e.given, scope))
      case 'test': {
        if (e.name === 'filter')
          return Object.hasOwn(filters, text(this.value(e.of, scope))) || Object.hasOwn(this.#sequences, text(this.value(e.of, scope)))
        return passes(e.name, this.value(e.of, scope), this.given(e.given, scope).args)
      }
      case 'not':
        return !truthy(this.value(e.of, scope))
      case 'negative':
      case 'positive':
        return signed(e.kind === 'negative' ? '-' : '+', this.value(e.of, scope))
      case 'and':
      case 'or': {
        const left = this.value(e.left, scope)
        return truthy(left) === (e.kind === 'and') ? this.value(e.right, scope) : left
      }
      case 'binary':
        return binary(e.sign, this.value(e.left, scope), this.value(e.right, scope))
      case 'concat':
        return concat(e.parts.map((part) => this.value(part, scope)))
      case 'compare': {
        let left = this.value(e.first, scope)
        for (const [sign, next] of e.rest) {
          const right = this.value(next, scope)
          if (!comparison(sign, left, right)) return false
          left = right
        }
        return true
      }
      case 'choice':
        if (truthy(this.value(e.test, scope))) return this.value(e.yes, scope)
        return e.no
          ? this.value(e.no, scope)
          : new Undefined('the inline if-expression evaluated to false and no else section was defined.')
    }
  }
}
