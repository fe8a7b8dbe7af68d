/** Running a template: statements one after the other, within bounds of steps, depth and text. */
import { Evaluator, Scope } from './evaluate.js'
import { Loop } from './loop.js'
import type { Body, Parameters, Statement, Target } from './syntax/tree.js'
import { text } from './values/print.js'
import { Callee, Dict, defined, iterate, Namespace, TemplateError, Tuple, truthy, Undefined, type Value } from './values/values.js'

/** calls and loops within one another, and units of text */
const [deepest, longest] = [100, 50_000_000]

/** A part of the assistant's words: units `from` up to `to` of the text. */
export type Span = readonly [from: number, to: number]

type Signal = 'break' | 'continue' | undefined

/** One rendering. */
export class Rendering extends Evaluator {
  #out: string[] = []
  #length = 0
  #depth = 0
  /** how many texts are being gathered for something else than the result */
  #captures = 0
  readonly spans: Span[] = []

  /** The text of a template with names. */
  render(body: Body, names: Iterable<readonly [string, Value]>): string {
    const scope = new Scope()
    for (const [name, value] of names) scope.set(name, value)
    this.#body(body, new Scope(scope))
    return this.#out.join('')
  }

  #write(part: string): void {
    this.#length += part.length
    if (this.#length > longest) throw new TemplateError(`the text grows beyond ${longest} units`)
    this.#out.push(part)
  }

  /** The text that something writes, kept out of the result. */
  capture(write: () => void): string {
    const [out, length] = [this.#out, this.#length]
    if (++this.#depth > deepest) throw new TemplateError(`macros and loops call one another more than ${deepest} deep`)
    this.#out = []
    this.#captures++
    try {
      write()
      return this.#out.join('')
    } finally {
      this.#captures--
      this.#depth--
      this.#out = out
      this.#length = length
    }
  }

  #body(body: Body, scope: Scope): Signal {
    for (const statement of body) {
      this.tick(statement.line)
      const signal = this.#statement(statement, scope)
      if (signal) return signal
    }
    return undefined
  }

  #statement(statement: Statement, scope: Scope): Signal {
    switch (statement.kind) {
      case 'text':
        this.#write(statement.text)
        return undefined
      case 'print':
        this.#write(text(this.value(statement.value, scope)))
        return undefined
      case 'if':
        for (const [test, body] of statement.branches) if (truthy(this.value(test, scope))) return this.#body(body, scope)
        return this.#body(statement.otherwise, scope)
      case 'for':
        this.#for(statement, this.value(statement.over, scope), scope, 0)
        return undefined
      case 'set':
        this.#assign(statement.target, this.value(statement.value, scope), scope)
        return undefined
      case 'setBody': {
        const written = this.capture(() => this.#body(statement.body, new Scope(scope)))
        this.#assign(statement.target, statement.filter ? this.value(statement.filter, scope, written) : written, scope)
        return undefined
      }
      case 'macro':
        scope.set(statement.name, this.#macro(statement.name, statement.parameters, statement.body, scope))
        return undefined
      case 'callBody': {
        const caller = this.#macro('caller', statement.parameters, statement.body, scope)
        if (statement.call.kind !== 'call') return undefined
        const { args, named } = this.given(statement.call.given, scope)
        const of = this.value(statement.call.of, scope)
        this.#write(text(this.call(of, args, new Map([...named, ['caller', caller]]))))
        return undefined
      }
      case 'filterBody': {
        const written = this.capture(() => this.#body(statement.body, new Scope(scope)))
        this.#write(text(this.value(statement.filter, scope, written)))
        return undefined
      }
      case 'with': {
        const inner = new Scope(scope)
        for (const [target, value] of statement.targets) this.#assign(target, this.value(value, scope), inner)
        return this.#body(statement.body, inner)
      }
      case 'scope':
        return this.#body(statement.body, new Scope(scope))
      case 'generation': {
        const from = this.#length
        const signal = this.#body(statement.body, new Scope(scope))
        if (this.#captures > 0)
          throw new TemplateError(
            `line ${statement.line}: {% generation %} stands in a macro or block whose place in the text is not known`,
          )
        this.spans.push([from, this.#length])
        return signal
      }
      default:
        return statement.kind
    }
  }

  #assign(target: Target, value: Value, scope: Scope): void {
    if (target.kind === 'name') scope.set(target.name, value)
    else if (target.kind === 'field') {
      const of = scope.get(target.of)
      if (!(of instanceof Namespace)) throw new TemplateError(`cannot assign attribute on non-namespace object '${target.of}'`)
      of.fields.set(target.name, value)
    } else {
      const items = [...iterate(defined(value))]
      if (items.length !== target.targets.length)
        throw new TemplateError(`${items.length} values cannot be unpacked into ${target.targets.length} names`)
      for (const [i, one] of target.targets.entries()) this.#assign(one, items[i]!, scope)
    }
  }

  #for(loop: Statement & { kind: 'for' }, over: Value, scope: Scope, depth: number): void {
    let items = [...iterate(over)]
    if (loop.only) {
      const { only } = loop
      items = items.filter((one) => {
        const inner = new Scope(scope)
        this.#assign(loop.target, one, inner)
        return truthy(this.value(only, inner))
      })
    }
    if (items.length === 0) {
      this.#body(loop.otherwise, new Scope(scope))
      return
    }
    const again = loop.recursive ? (more: Value): string => this.capture(() => this.#for(loop, more, scope, depth + 1)) : undefined
    const state = new Loop(items, depth, again)
    for (const one of items) {
      this.tick(loop.line)
      const inner = new Scope(scope)
      state.next()
      this.#assign(loop.target, one, inner)
      inner.set('loop', state.value)
      if (this.#body(loop.body, inner) === 'break') return
    }
  }

  #macro(name: string, parameters: Parameters, body: Body, around: Scope): Callee {
    return new Callee(name, (args, named) => {
      const scope = new Scope(around)
      const left = new Map(named)
      scope.set('varargs', new Tuple(args.slice(parameters.length)))
      if (left.has('caller')) scope.set('caller', left.get('caller')!)
      left.delete('caller')
      parameters.forEach(({ name: parameter, fallback }, i) => {
        const given = i < args.length ? args[i] : left.get(parameter)
        left.delete(parameter)
        if (given !== undefined) scope.set(parameter, given)
        else scope.set(parameter, fallback ? this.value(fallback, scope) : new Undefined(`parameter '${parameter}' was not provided`))
      })
      scope.set('kwargs', new Dict(left))
      return this.capture(() => this.#body(body, scope))
    })
  }
}
