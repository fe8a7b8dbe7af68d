/** Reading a whole template. */
import { ExpressionReader } from './expressions.js'
import { tokenize } from './lexer.js'
import type { Body, Expression, Parameters, Statement, Target } from './tree.js'

/** how deep blocks may be nested */
const deepest = 100

class StatementReader extends ExpressionReader {
  #depth = 0
  #loops = 0

  /** Statements up to a block whose name is among `ends`, which is left to be read; up to the end of the template without. */
  body(ends?: readonly string[]): Body {
    const out: Statement[] = []
    if (++this.#depth > deepest) this.fail(`blocks are nested more than ${deepest} deep`)
    while (this.token) {
      const { token, line } = this
      if (token.type === 'data') {
        out.push({ kind: 'text', text: token.text, line })
        this.at++
      } else if (this.is('begin', ['{{'])) {
        this.at++
        out.push({ kind: 'print', value: this.tuple(), line })
        this.expect('end')
      } else {
        if (ends && this.is('name', ends, 1)) {
          this.#depth--
          return out
        }
        this.expect('begin')
        out.push(this.#statement())
        this.expect('end')
      }
    }
    if (ends) this.fail(`a block has no end: ${ends.join(' or ')} is missing`)
    this.#depth--
    return out
  }

  /** The end of the tag, statements, and the name of the block that ends them. */
  #block(...ends: readonly string[]): readonly [Body, string] {
    this.expect('end')
    const body = this.body(ends)
    this.expect('begin')
    return [body, this.expect('name')]
  }

  #statement(): Statement {
    const { line } = this
    const name = this.expect('name')
    switch (name) {
      case 'set':
        return this.#set(line)
      case 'if':
        return this.#if(line)
      case 'for':
        return this.#for(line)
      case 'macro': {
        const named = this.expect('name')
        const parameters = this.#parameters()
        return { kind: 'macro', name: named, parameters, body: this.#inner('endmacro'), line }
      }
      case 'call': {
        const parameters = this.is('operator', ['(']) ? this.#parameters() : []
        const call = this.expression()
        if (call.kind !== 'call') this.fail('a call is expected behind call')
        return { kind: 'callBody', call, parameters, body: this.#inner('endcall'), line }
      }
      case 'filter': {
        const filter = this.#filterChain(this.filter(undefined, true))
        return { kind: 'filterBody', filter, body: this.#block('endfilter')[0], line }
      }
      case 'with': {
        const targets: [Target, Expression][] = []
        while (!this.is('end')) {
          if (targets.length > 0) this.expect('operator', ',')
          const target = this.#target([])
          this.expect('operator', '=')
          targets.push([target, this.expression()])
        }
        return { kind: 'with', targets, body: this.#block('endwith')[0], line }
      }
      case 'generation':
        return { kind: 'generation', body: this.#block('endgeneration')[0], line }
      case 'block': {
        this.expect('name')
        this.skip('name', 'scoped')
        const body = this.#block('endblock')[0]
        if (this.is('name')) this.at++
        return { kind: 'scope', body, line }
      }
      case 'break':
      case 'continue':
        if (this.#loops === 0) this.fail(`${name} stands outside of a loop`)
        return { kind: name, line }
      default:
        return this.fail(`unknown tag '${name}'`)
    }
  }

  /** A body that is no part of the loop around it. */
  #inner(end: string): Body {
    const loops = this.#loops
    this.#loops = 0
    const [body] = this.#block(end)
    this.#loops = loops
    return body
  }

  #set(line: number): Statement {
    const target = this.#target([], true)
    if (this.skip('operator', '=')) return { kind: 'set', target, value: this.tuple(), line }
    const filter = this.is('operator', ['|']) ? this.#filterChain(this.filter(undefined)) : undefined
    return { kind: 'setBody', target, filter, body: this.#block('endset')[0], line }
  }

  #filterChain(first: Expression): Expression {
    let of = first
    while (this.is('operator', ['|'])) of = this.filter(of)
    return of
  }

  #if(line: number): Statement {
    const branches: [Expression, Body][] = []
    for (;;) {
      const test = this.tuple(false)
      const [body, end] = this.#block('elif', 'else', 'endif')
      branches.push([test, body])
      if (end === 'endif') return { kind: 'if', branches, otherwise: [], line }
      if (end === 'else') return { kind: 'if', branches, otherwise: this.#block('endif')[0], line }
    }
  }

  #for(line: number): Statement {
    const target = this.#target(['in'])
    this.expect('name', 'in')
    const over = this.tuple(false, ['recursive'])
    const only = this.skip('name', 'if') ? this.expression() : undefined
    const recursive = this.skip('name', 'recursive')
    this.#loops++
    const [body, end] = this.#block('endfor', 'else')
    this.#loops--
    const otherwise = end === 'else' ? this.#block('endfor')[0] : []
    return { kind: 'for', target, over, only, recursive, body, otherwise, line }
  }

  /** Names with commas between them; with `fields` also fields of a namespace. */
  #target(ends: readonly string[], fields = false): Target {
    const targets: Target[] = []
    let several = false
    while (!(this.is('name', ends) || this.is('operator', ['=', ')']) || this.is('end'))) {
      targets.push(this.#oneTarget(fields))
      if (!this.skip('operator', ',')) break
      several = true
    }
    if (several) return { kind: 'several', targets }
    return targets[0] ?? this.fail(`a name is expected before ${this.shown()}`)
  }

  #oneTarget(fields: boolean): Target {
    if (this.skip('operator', '(')) {
      const target = this.#target([], fields)
      this.expect('operator', ')')
      return target
    }
    const name = this.expect('name')
    if (['true', 'false', 'none', 'True', 'False', 'None'].includes(name)) this.fail(`'${name}' cannot be assigned to`)
    return fields && this.skip('operator', '.') ? { kind: 'field', of: name, name: this.expect('name') } : { kind: 'name', name }
  }

  #parameters(): Parameters {
    this.expect('operator', '(')
    const out: { readonly name: string; readonly fallback?: Expression }[] = []
    while (!this.skip('operator', ')')) {
      if (out.length > 0) this.expect('operator', ',')
      if (this.skip('operator', ')')) break
      const name = this.expect('name')
      if (this.skip('operator', '=')) out.push({ name, fallback: this.expression() })
      else if (out.at(-1)?.fallback) this.fail(`the parameter '${name}' without a default stands behind one with a default`)
      else out.push({ name })
    }
    return out
  }
}

/** A template as statements. Throws TemplateError naming the line for what is no template. */
export function parseTemplate(template: string): Body {
  return new StatementReader(tokenize(template)).body()
}
