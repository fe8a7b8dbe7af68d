/** Post-processors of tokenizer.json: the special tokens around a text. */
import { HebbError } from '../../../tensor/index.js'
import { Fields, type Json } from '../fields.js'

/** Ids before and behind a text. */
export interface Around {
  readonly before: readonly number[]
  readonly behind: readonly number[]
}

const none: Around = { before: [], behind: [] }

/** The id of a pair `["[CLS]", 101]`. */
function idOf(fields: Fields, name: string): number {
  const id = fields.list(name)[1]
  if (typeof id !== 'number' || !Number.isInteger(id)) throw new HebbError(`${fields.at(name)} is to be a token and its id`)
  return id
}

const bert = (fields: Fields): Around => ({ before: [idOf(fields, 'cls')], behind: [idOf(fields, 'sep')] })

function template(fields: Fields): Around {
  const special = fields.has('special_tokens') ? fields.object('special_tokens') : new Fields({}, fields.at('special_tokens'))
  const [before, behind]: [number[], number[]] = [[], []]
  let texts = 0
  for (const item of fields.objects('single')) {
    if (item.has('Sequence')) {
      texts++
      continue
    }
    const name = item.object('SpecialToken').text('id')
    if (!special.has(name)) throw new HebbError(`${item.path}: the special token '${name}' is not among ${special.path}`)
    for (const id of special.object(name).list('ids')) (texts === 0 ? before : behind).push(Number(id))
  }
  if (texts !== 1) throw new HebbError(`${fields.at('single')} has the text ${texts} times: it is to stand there once`)
  return { before, behind }
}

const kinds: Readonly<Record<string, (fields: Fields) => Around>> = {
  TemplateProcessing: template,
  BertProcessing: bert,
  RobertaProcessing: bert,
  ByteLevel: () => none,
  Sequence: (fields) =>
    fields
      .objects('processors')
      .map(aroundOf)
      .reduce((inner, outer) => ({ before: [...outer.before, ...inner.before], behind: [...inner.behind, ...outer.behind] }), none),
}

function aroundOf(fields: Fields): Around {
  const type = fields.text('type')
  if (!Object.hasOwn(kinds, type))
    throw new HebbError(`${fields.path}: a post-processor '${type}' is not known: there are ${Object.keys(kinds).join(', ')}`)
  return kinds[type]!(fields)
}

/** What the post-processor of tokenizer.json puts around a text. Throws HebbError for a kind that is not known. */
export const readAround = (value: Json | undefined, path: string): Around =>
  (value ?? null) === null ? none : aroundOf(Fields.of(value, path))
