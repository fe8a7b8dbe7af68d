/** The runtime in Node: ONNX Runtime's C API on all cores. Importing this file makes tensors computable. */
import { availableParallelism } from 'node:os'
import { useHost } from '../../host/host.js'
import '../compute.js'
import { useBackend } from '../machine.js'
import { ort } from './ort.js'

useHost({
  cores: availableParallelism(),
  // by the time an immediate runs, timers that were due and messages that were there have run
  turn: () => new Promise((go) => setImmediate(go)),
  setting: (name) => process.env[name],
  atEnd: () => () => {},
})
useBackend(ort)
