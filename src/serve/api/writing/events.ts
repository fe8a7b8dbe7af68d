/** Server-sent events: an answer that comes piece by piece. */
import { apiError } from '../apiError.js'

/** milliseconds without an event after which a comment says that the server is still there */
const pause = 15_000

/** What a stream is written with. */
export interface EventWriter {
  send(data: object): void
}

/**
 * A response that streams what `write` sends, as OpenAI's clients read it: `data:` and JSON, `[DONE]` at the end. An error after the first event is an event
 * itself, which clients throw. When the client goes, `gone` is called.
 */
export function eventStream(write: (events: EventWriter) => Promise<void>, gone: () => void, log: (error: unknown) => void): Response {
  const encoder = new TextEncoder()
  let isOpen = true
  let timer: ReturnType<typeof setInterval> | undefined
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      let last = performance.now()
      const put = (text: string): void => {
        if (!isOpen) return
        last = performance.now()
        controller.enqueue(encoder.encode(text))
      }
      const end = (): void => {
        clearInterval(timer)
        if (isOpen) controller.close()
        isOpen = false
      }
      timer = setInterval(() => {
        if (performance.now() - last >= pause) put(': still here\n\n')
      }, pause)
      write({ send: (data) => put(`data: ${JSON.stringify(data)}\n\n`) })
        .catch((error: unknown) => {
          const told = apiError(error)
          if (told.status === 500 && isOpen) log(error)
          put(`data: ${JSON.stringify(told.json)}\n\n`)
        })
        .finally(() => {
          put('data: [DONE]\n\n')
          end()
        })
    },
    cancel() {
      isOpen = false
      clearInterval(timer)
      gone()
    },
  })
  return new Response(body, {
    headers: { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-cache', 'X-Accel-Buffering': 'no' },
  })
}
