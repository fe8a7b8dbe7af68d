/** What it remembers: memories that a net reads and writes, and memories of vectors beside it. */
export {
  contentWeights,
  interpolateWeights,
  readMemory,
  sharpenWeights,
  shiftWeights,
  writeMemory,
} from './addressing.js'
export { KeyValueMemory, type KeyValueMemoryOptions, type NearestOptions } from './keyValueMemory.js'
export { loadMemory, saveMemory } from './memoryFile.js'
export { type MemoryDistance, nearestSlots, type ReadSlotsOptions, readSlots } from './nearest.js'
export { type LabelSharesOptions, labelShares, mergeNeighbours, type Neighbours } from './neighbours.js'
export { type MemoryRun, NeuralTuringMachine, type NeuralTuringMachineOptions } from './neuralTuringMachine.js'
