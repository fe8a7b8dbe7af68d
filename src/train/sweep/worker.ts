/** The process at the other end of `processes`: loads the module of a trial, makes it, answers (a Node seam). */
import { pathToFileURL } from 'node:url'
import type { Answered, Asked } from './pool.js'
import type { Trial } from './sweep.js'

let stopping = new AbortController()

process.on('message', (message: Asked | 'stop') => {
  if (message === 'stop') stopping.abort()
  else void make(message).then((answer) => process.send?.(answer))
})
// the one who asks is gone: nobody wants the answer
process.on('disconnect', () => process.exit(1))

async function make({ module, settings, context }: Asked): Promise<Answered> {
  stopping = new AbortController()
  try {
    const address = /^[a-z]+:/i.test(module) ? module : pathToFileURL(module).href
    const { trial } = (await import(address)) as { readonly trial?: Trial | undefined }
    if (typeof trial !== 'function') return { error: `${module} exports no function named trial` }
    return { score: await trial(settings, { ...context, signal: stopping.signal }) }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}
