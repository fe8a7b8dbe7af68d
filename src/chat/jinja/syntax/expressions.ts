/** Reading the expressions of a template, in Jinja's order of precedence. */
import { TemplateError } from '../values/values.js'
import type { Token } from './lexer.js'
import type { Arguments, Expression } from './tree.js'

/** how deep expressions may be nested */
const deepest = 200
const noArguments: Arguments = { args: [], named: [] }

/** Tokens one after the other, and the expressions they make. */
export class ExpressionReader {
  protected at = 0
  #depth = 0

  constructor(protected readonly tokens: readonly Token[]) {}

  protected get token(): Token | undefined {
    return this.tokens[this.at]
  }

  protected get line(): number {
    return (this.token ?? this.tokens.at(-1))?.line ?? 1
  }

  protected fail(why: string): never {
    throw new TemplateError(`the template cannot be read, line ${this.line}: ${why}`)
  }

  protected shown(): string {
    return this.token ? `'${this.token.text.slice(0, 40)}'` : 'the end'
  }

  /** Whether a token of a kind and, if given, one of some texts comes after `ahead` others. */
  protected is(type: Token['type'], texts?: readonly string[], ahead = 0): boolean {
    const token = this.tokens[this.at + ahead]
    return token?.type === type && (!texts || texts.includes(token.text))
  }

  /** Takes an operator or name if it comes next. */
  protected skip(type: 'name' | 'operator', text: string): boolean {
    if (!this.is(type, [text])) return false
    this.at++
    return true
  }

  protected expect(type: Token['type'], text?: string): string {
    if (!this.is(type, text === undefined ? undefined : [text]))
      this.fail(`${text ? `'${text}'` : `a ${type}`} is expected before ${this.shown()}`)
    return this.tokens[this.at++]!.text
  }

  /** An expression, with `a if b else c` unless `choice` is false. */
  expression(choice = true): Expression {
    if (++this.#depth > deepest) this.fail(`expressions are nested more than ${deepest} deep`)
    const found = choice ? this.#choice() : this.#or()
    this.#depth--
    return found
  }

  /** Expressions with commas between them as a tuple, one without as itself. */
  protected tuple(choice = true, ends: readonly string[] = [], inBrackets = false): Expression {
    const { line } = this
    const items: Expression[] = []
    let several = false
    while (!(this.is('end') || this.is('operator', [')']) || this.is('name', ends))) {
      items.push(this.expression(choice))
      if (!this.skip('operator', ',')) break
      several = true
    }
    if (several || (items.length === 0 && inBrackets)) return { kind: 'tuple', items, line }
    return items[0] ?? this.fail(`an expression is expected before ${this.shown()}`)
  }

  #choice(): Expression {
    let value = this.#or()
    while (this.skip('name', 'if')) {
      const test = this.#or()
      const no = this.skip('name', 'else') ? this.expression() : undefined
      value = { kind: 'choice', test, yes: value, no, line: value.line }
    }
    return value
  }

  #or(): Expression {
    let left = this.#and()
    while (this.skip('name', 'or')) left = { kind: 'or', left, right: this.#and(), line: left.line }
    return left
  }

  #and(): Expression {
    let left = this.#not()
    while (this.skip('name', 'and')) left = { kind: 'and', left, right: this.#not(), line: left.line }
    return left
  }

  #not(): Expression {
    const { line } = this
    let times = 0
    while (this.skip('name', 'not')) times++
    let of = this.#compare()
    for (; times > 0; times--) of = { kind: 'not', of, line }
    return of
  }

  #compare(): Expression {
    const first = this.#sum()
    const rest: [string, Expression][] = []
    for (;;) {
      if (this.is('operator', ['==', '!=', '<', '<=', '>', '>='])) rest.push([this.expect('operator'), this.#sum()])
      else if (this.skip('name', 'in')) rest.push(['in', this.#sum()])
      else if (this.is('name', ['not']) && this.is('name', ['in'], 1)) {
        this.at += 2
        rest.push(['not in', this.#sum()])
      } else break
    }
    return rest.length === 0 ? first : { kind: 'compare', first, rest, line: first.line }
  }

  #binary(signs: readonly string[], next: () => Expression): Expression {
    let left = next()
    while (this.is('operator', signs)) left = { kind: 'binary', sign: this.expect('operator'), left, right: next(), line: left.line }
    return left
  }

  #sum(): Expression {
    return this.#binary(['+', '-'], () => this.#concat())
  }

  #concat(): Expression {
    const parts = [this.#product()]
    while (this.skip('operator', '~')) parts.push(this.#product())
    return parts.length === 1 ? parts[0]! : { kind: 'concat', parts, line: parts[0]!.line }
  }

  #product(): Expression {
    return this.#binary(['*', '/', '//', '%'], () => this.#binary(['**'], () => this.#unary()))
  }

  #unary(filters = true): Expression {
    const { line } = this
    if (++this.#depth > deepest) this.fail(`expressions are nested more than ${deepest} deep`)
    let value: Expression
    if (this.skip('operator', '-')) value = { kind: 'negative', of: this.#unary(false), line }
    else if (this.skip('operator', '+')) value = { kind: 'positive', of: this.#unary(false), line }
    else value = this.primary()
    this.#depth--
    value = this.postfix(value)
    return filters ? this.#filters(value) : value
  }

  protected primary(): Expression {
    const { token, line } = this
    if (token?.type === 'value') {
      let { value } = token
      this.at++
      // texts that stand side by side are one
      if (typeof value === 'string')
        for (let next = this.token; next?.type === 'value' && typeof next.value === 'string'; next = this.token) {
          value += next.value
          this.at++
        }
      return { kind: 'constant', value, line }
    }
    if (token?.type === 'name') {
      this.at++
      if (['true', 'True', 'false', 'False'].includes(token.text))
        return { kind: 'constant', value: token.text.toLowerCase() === 'true', line }
      return ['none', 'None'].includes(token.text) ? { kind: 'constant', value: null, line } : { kind: 'name', name: token.text, line }
    }
    if (this.skip('operator', '(')) {
      const value = this.tuple(true, [], true)
      this.expect('operator', ')')
      return value
    }
    if (this.skip('operator', '[')) return { kind: 'list', items: this.#listed(']', () => this.expression()), line }
    if (this.skip('operator', '{')) {
      const entries = this.#listed('}', () => {
        const key = this.expression()
        this.expect('operator', ':')
        return [key, this.expression()] as const
      })
      return { kind: 'dict', entries, line }
    }
    return this.fail(`unexpected ${this.shown()}`)
  }

  /** Items with commas between them, perhaps one behind the last, up to a bracket. */
  #listed<T>(end: string, item: () => T): T[] {
    const items: T[] = []
    while (!this.skip('operator', end)) {
      if (items.length > 0) this.expect('operator', ',')
      if (this.skip('operator', end)) break
      items.push(item())
    }
    return items
  }

  protected postfix(value: Expression): Expression {
    let of = value
    for (;;) {
      const { line } = this
      if (this.skip('operator', '.')) {
        if (this.is('name')) of = { kind: 'attribute', of, name: this.expect('name'), line }
        else
          of = { kind: 'item', of, key: this.is('value') ? this.primary() : this.fail('a name or a number is expected behind a dot'), line }
      } else if (this.skip('operator', '[')) {
        const keys = this.#listed(']', () => this.#subscript())
        of = { kind: 'item', of, key: keys.length === 1 ? keys[0]! : { kind: 'tuple', items: keys, line }, line }
      } else if (this.is('operator', ['('])) of = { kind: 'call', of, given: this.given(), line }
      else return of
    }
  }

  #subscript(): Expression {
    const { line } = this
    const part = (): Expression | undefined => (this.is('operator', [':', ']', ',']) ? undefined : this.expression())
    const start = part()
    if (!this.skip('operator', ':')) return start ?? this.fail(`an expression is expected before ${this.shown()}`)
    const stop = part()
    return { kind: 'slice', parts: [start, stop, this.skip('operator', ':') ? part() : undefined], line }
  }

  #filters(value: Expression): Expression {
    let of = value
    for (;;) {
      if (this.is('operator', ['|'])) of = this.filter(of)
      else if (this.is('name', ['is'])) of = this.#test(of)
      else if (this.is('operator', ['('])) of = { kind: 'call', of, given: this.given(), line: this.line }
      else return of
    }
  }

  /** `| name(…)` once. `inline`: the bar was left out, as in `{% filter name %}`. */
  protected filter(of: Expression | undefined, inline = false): Expression {
    if (!inline) this.expect('operator', '|')
    const { line } = this
    const name = this.#dotted()
    return { kind: 'filter', of, name, given: this.is('operator', ['(']) ? this.given() : noArguments, line }
  }

  #dotted(): string {
    let name = this.expect('name')
    while (this.skip('operator', '.')) name += `.${this.expect('name')}`
    return name
  }

  #test(of: Expression): Expression {
    const { line } = this
    this.expect('name', 'is')
    const negated = this.skip('name', 'not')
    const name = this.#dotted()
    let given = noArguments
    if (this.is('operator', ['('])) given = this.given()
    else if (this.is('value') || this.is('operator', ['[', '{']) || (this.is('name') && !this.is('name', ['else', 'or', 'and', 'is'])))
      given = { args: [this.postfix(this.primary())], named: [] }
    else if (this.is('name', ['is'])) this.fail('tests cannot be chained by is')
    const test: Expression = { kind: 'test', of, name, given, line }
    return negated ? { kind: 'not', of: test, line } : test
  }

  /** Arguments of a call, brackets and all. */
  protected given(): Arguments {
    this.expect('operator', '(')
    const [args, named]: [Expression[], [string, Expression][]] = [[], []]
    let spread: Expression | undefined
    let spreadNamed: Expression | undefined
    this.#listed(')', () => {
      if (this.skip('operator', '**')) spreadNamed = this.expression()
      else if (this.skip('operator', '*')) spread = this.expression()
      else if (this.is('name') && this.is('operator', ['='], 1)) {
        const name = this.expect('name')
        this.at++
        named.push([name, this.expression()])
      } else if (named.length > 0 || spread || spreadNamed) this.fail('arguments by place come before those by name')
      else args.push(this.expression())
    })
    return { args, named, ...(spread && { spread }), ...(spreadNamed && { spreadNamed }) }
  }
}
