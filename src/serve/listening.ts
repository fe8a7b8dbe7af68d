/** What takes requests from the network: named by the entry of the package for where it runs. */
import { HebbError } from '../tensor/errors.js'
import type { Outside } from './api/app.js'

/** How requests are listened for. */
export interface ListenOptions {
  readonly host: string
  /** 0 takes one that is free */
  readonly port: number
  /** milliseconds a client may take for its headers, its whole request, and to take in what it is sent */
  readonly patience: { readonly headers: number; readonly request: number; readonly taking: number }
  /** connections at once at most */
  readonly connections: number
}

/** A server that listens. */
export interface Listener {
  readonly port: number
  /** takes no connection any more, and lets go of those that are idle */
  drain(): void
  /** ends those that are left, and resolves when all are gone */
  close(): Promise<void>
}

/** Answers requests that come in at an address. Throws HebbError where the address is taken, or not this machine's. */
export type Listen = (
  answer: (request: Request, outside: Outside) => Response | Promise<Response>,
  options: ListenOptions,
) => Promise<Listener>

/** What a server needs of where it runs. */
export interface Outer {
  readonly listen: Listen
  /** the folders in a folder that hold an adapter, each with a text that is another one once it has changed */
  readonly adapterFolders: (folder: string) => Promise<ReadonlyMap<string, string>>
}

let outer: Outer | undefined

/** Names what listens. */
export function useListening(o: Outer): void {
  outer = o
}

function theOuter(): Outer {
  if (!outer) throw new HebbError('nothing listens here: import from \'hebb/serve\' under the condition of where it runs ("node")')
  return outer
}

export const listen: Listen = (answer, options) => theOuter().listen(answer, options)
export const adapterFolders: Outer['adapterFolders'] = (folder) => theOuter().adapterFolders(folder)
