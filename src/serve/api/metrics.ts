/** GET /metrics: what the server has done, as Prometheus reads it. */
import type { Histogram } from '../engine/counts.js'
import type { Service } from './service.js'

type Labels = Readonly<Record<string, string>>
type Sample = readonly [labels: Labels, value: number]

/** Requests that were answered, by route and status. */
export class Requests {
  readonly #counts = new Map<string, { readonly labels: Labels; count: number }>()

  add(route: string, status: number): void {
    const key = `${route} ${status}`
    const found = this.#counts.get(key) ?? { labels: { route, status: String(status) }, count: 0 }
    found.count++
    this.#counts.set(key, found)
  }
  get samples(): Sample[] {
    return [...this.#counts.values()].map(({ labels, count }) => [labels, count])
  }
}

/** All numbers as text. */
export function metricsText({ engine, adapters }: Service, requests: Requests): string {
  const { counts, load, memory } = engine
  const all = adapters.all
  const plain = (value: number): Sample[] => [[{}, value]]
  return [
    metric('requests_total', 'counter', 'requests answered', requests.samples),
    metric('texts_running', 'gauge', 'texts under way', plain(load.texts)),
    metric('texts_waiting', 'gauge', 'texts that wait', plain(load.waiting)),
    metric(
      'texts_ended_total',
      'counter',
      'texts that have ended',
      [...counts.ended].map(([why, count]): Sample => [{ why }, count]),
    ),
    metric('texts_turned_away_total', 'counter', 'texts turned away as too many waited', plain(counts.turnedAway)),
    metric('texts_put_back_total', 'counter', 'texts that had to wait again as memory was short', plain(counts.putBack)),
    metric('prompt_tokens_read_total', 'counter', 'tokens of prompts that were read', plain(counts.read)),
    metric('prompt_tokens_reused_total', 'counter', 'tokens of prompts that were known already', plain(counts.reused)),
    metric('tokens_written_total', 'counter', 'tokens written', plain(counts.written)),
    metric('rounds_total', 'counter', 'runs that gave a token to each of several texts', plain(counts.rounds)),
    metric('round_texts_total', 'counter', 'texts in those runs', plain(counts.roundTexts)),
    metric('cache_bytes', 'gauge', 'bytes of keys and values of texts under way', plain(memory.cache)),
    metric('prefix_bytes', 'gauge', 'bytes of keys and values kept of beginnings', plain(memory.prefixes)),
    metric('adapters', 'gauge', 'adapters that are loaded', plain(all.length)),
    metric('adapter_bytes', 'gauge', 'bytes of their numbers', plain(all.reduce((sum, { bytes }) => sum + bytes, 0))),
    histogram('seconds_to_first_token', 'seconds from a request to its first token', counts.untilFirst),
    histogram('seconds_to_end', 'seconds from a request to its end', counts.untilEnd),
  ].join('')
}

function metric(name: string, type: string, help: string, samples: readonly Sample[]): string {
  return `# HELP hebb_${name} ${help}\n# TYPE hebb_${name} ${type}\n${samples.map(([labels, value]) => line(name, labels, value)).join('')}`
}

function histogram(name: string, help: string, { bounds, counts, sum, count }: Histogram): string {
  const buckets = bounds.map((bound, i) => line(`${name}_bucket`, { le: String(bound) }, counts[i]!))
  const rest = [line(`${name}_bucket`, { le: '+Inf' }, count), line(`${name}_sum`, {}, sum), line(`${name}_count`, {}, count)]
  return `# HELP hebb_${name} ${help}\n# TYPE hebb_${name} histogram\n${[...buckets, ...rest].join('')}`
}

function line(name: string, labels: Labels, value: number): string {
  const inner = Object.entries(labels).map(
    ([key, text]) => `${key}="${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
  )
  return `hebb_${name}${inner.length > 0 ? `{${inner.join(',')}}` : ''} ${value}\n`
}
