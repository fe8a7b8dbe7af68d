/** How it answers: language models over HTTP, many texts at once. */
export { Engine, type EngineOptions } from './engine/engine.js'
export type { Order, Served } from './engine/order.js'
export { type ServeOptions, type Serving, serve } from './serve.js'
