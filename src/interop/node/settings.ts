/** What the Python client huggingface_hub reads from the environment, read the same way: where the hub is, where its files are kept, who asks. */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Settings of a hub. */
export interface HubSettings {
  /** address without a slash at its end */
  readonly endpoint: string
  /** the folder of the cache */
  readonly cache: string
  readonly offline: boolean
  readonly token: string | undefined
}

const truths = ['1', 'ON', 'YES', 'TRUE']
const isTrue = (value: string | undefined): boolean => value !== undefined && truths.includes(value.toUpperCase())
const home = (path: string): string => (path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path)
/** A token without the line breaks and blanks that files and shells leave. */
const clean = (token: string | undefined): string | undefined => token?.replace(/[\r\n]/g, '').trim() || undefined

/**
 * HF_ENDPOINT; HF_HUB_CACHE (or HUGGINGFACE_HUB_CACHE), else `hub` in HF_HOME, which is ~/.cache/huggingface, XDG_CACHE_HOME/huggingface where that is set;
 * HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE; HF_TOKEN (or HUGGING_FACE_HUB_TOKEN), else the file HF_TOKEN_PATH, else `token` in HF_HOME.
 */
export async function hubSettings(): Promise<HubSettings> {
  const { env } = process
  const root = home(env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface'))
  return {
    endpoint: (env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, ''),
    cache: home(env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE || join(root, 'hub')),
    offline: isTrue(env.HF_HUB_OFFLINE || env.TRANSFORMERS_OFFLINE),
    token: isTrue(env.HF_HUB_DISABLE_IMPLICIT_TOKEN)
      ? undefined
      : (clean(env.HF_TOKEN ?? env.HUGGING_FACE_HUB_TOKEN) ??
        clean(await readFile(home(env.HF_TOKEN_PATH || join(root, 'token')), 'utf8').catch(() => undefined))),
  }
}
