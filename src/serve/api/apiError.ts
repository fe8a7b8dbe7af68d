/** Errors as OpenAI's interface has them: a status, and JSON that its clients read. */
import { HebbError } from '../../tensor/errors.js'
import { BusyError, LateError, StoppedError } from '../engine/order.js'

/** What an error says besides its message. */
interface Details {
  readonly type?: string | undefined
  /** the field of the body it is about */
  readonly param?: string | undefined
  readonly code?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  429: 'rate_limit_error',
  500: 'server_error',
  503: 'server_error',
  504: 'server_error',
}

/** An error that is told to whoever asked. */
export class ApiError extends Error {
  readonly #details: Details

  constructor(
    readonly status: number,
    message: string,
    details: Details = {},
  ) {
    super(message)
    this.#details = details
  }

  /** What the body holds. */
  get json(): object {
    const { type = types[this.status] ?? 'invalid_request_error', param = null, code = null } = this.#details
    return { error: { message: this.message, type, param, code } }
  }

  get response(): Response {
    return Response.json(this.json, { status: this.status, headers: { ...this.#details.headers } })
  }
}

/** A request that makes no sense, and which field of it. */
export const badRequest = (param: string | undefined, message: string, code?: string): ApiError =>
  new ApiError(400, message, { param, code })

/** Whatever was thrown, as it is told. What the library refuses, it refuses for what was asked; all else is our fault. */
export function apiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof BusyError)
    return new ApiError(429, error.message, { code: 'server_busy', headers: { 'Retry-After': String(error.seconds) } })
  if (error instanceof StoppedError)
    return new ApiError(503, error.message, { code: 'server_stopping', headers: { 'Retry-After': '1', Connection: 'close' } })
  if (error instanceof LateError) return new ApiError(504, error.message, { code: 'timeout' })
  if (error instanceof HebbError) return new ApiError(400, error.message)
  return new ApiError(500, 'the server failed; its log says why')
}
