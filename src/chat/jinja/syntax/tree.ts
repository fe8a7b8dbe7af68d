/** What templates are made of once they are read. */
import type { Float } from '../values/values.js'

/** Arguments of a call: those by place, those by name, and a list and a dictionary that are spread. */
export interface Arguments {
  readonly args: readonly Expression[]
  readonly named: readonly (readonly [string, Expression])[]
  readonly spread?: Expression
  readonly spreadNamed?: Expression
}

export type Expression = { readonly line: number } & (
  | { readonly kind: 'constant'; readonly value: null | boolean | number | bigint | string | Float }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'list' | 'tuple'; readonly items: readonly Expression[] }
  | { readonly kind: 'dict'; readonly entries: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: 'attribute'; readonly of: Expression; readonly name: string }
  | { readonly kind: 'item'; readonly of: Expression; readonly key: Expression }
  | { readonly kind: 'slice'; readonly parts: readonly (Expression | undefined)[] }
  | { readonly kind: 'call'; readonly of: Expression; readonly given: Arguments }
  | { readonly kind: 'filter'; readonly of: Expression | undefined; readonly name: string; readonly given: Arguments }
  | { readonly kind: 'test'; readonly of: Expression; readonly name: string; readonly given: Arguments }
  | { readonly kind: 'not' | 'negative' | 'positive'; readonly of: Expression }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'binary'; readonly sign: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'concat'; readonly parts: readonly Expression[] }
  | { readonly kind: 'compare'; readonly first: Expression; readonly rest: readonly (readonly [sign: string, Expression])[] }
  | { readonly kind: 'choice'; readonly test: Expression; readonly yes: Expression; readonly no: Expression | undefined }
)

/** What can be assigned to: a name, a field of a namespace, several of them. */
export type Target =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'field'; readonly of: string; readonly name: string }
  | { readonly kind: 'several'; readonly targets: readonly Target[] }

/** Parameters of a macro; those with a default come last. */
export type Parameters = readonly { readonly name: string; readonly fallback?: Expression }[]

export type Statement = { readonly line: number } & (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly value: Expression }
  | { readonly kind: 'if'; readonly branches: readonly (readonly [test: Expression, body: Body])[]; readonly otherwise: Body }
  | {
      readonly kind: 'for'
      readonly target: Target
      readonly over: Expression
      readonly only: Expression | undefined
      readonly recursive: boolean
      readonly body: Body
      readonly otherwise: Body
    }
  | { readonly kind: 'set'; readonly target: Target; readonly value: Expression }
  | { readonly kind: 'setBody'; readonly target: Target; readonly filter: Expression | undefined; readonly body: Body }
  | { readonly kind: 'macro'; readonly name: string; readonly parameters: Parameters; readonly body: Body }
  | { readonly kind: 'callBody'; readonly call: Expression; readonly parameters: Parameters; readonly body: Body }
  | { readonly kind: 'filterBody'; readonly filter: Expression; readonly body: Body }
  | { readonly kind: 'with'; readonly targets: readonly (readonly [Target, Expression])[]; readonly body: Body }
  | { readonly kind: 'generation' | 'scope'; readonly body: Body }
  | { readonly kind: 'break' | 'continue' }
)

export type Body = readonly Statement[]
