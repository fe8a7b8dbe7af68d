/** The runtime in Node: ONNX Runtime's C API on all cores. Importing this file makes tensors computable. */
import { availableParallelism } from 'node:os'
import './compute.js'
import { ort } from './ort/ort.js'
import { probeChannelBlock } from './ort/probe.js'
import { useBackend } from './program.js'

useBackend(ort, { cores: availableParallelism(), channelBlock: () => probeChannelBlock(ort) })
