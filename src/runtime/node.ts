/** The runtime in Node: ONNX Runtime's C API on all cores. Importing this file makes tensors computable. */
import { availableParallelism } from 'node:os'
import './compute.js'
import { useBackend } from './machine.js'
import { ort } from './ort/ort.js'
import { probeChannelBlock } from './ort/probe.js'

useBackend(ort, {
  cores: availableParallelism(),
  channelBlock: () => probeChannelBlock(ort),
  memory: (bytes) => Buffer.allocUnsafeSlow(bytes).buffer as ArrayBuffer,
  // by the time an immediate runs, timers that were due and messages that were there have run
  turn: () => new Promise((go) => setImmediate(go)),
})
