/** Hebb in Node: ONNX Runtime's native kernels on all cores, this machine's disks, HTTP and npm for data sets, processes for sweeps. */
import { nodeFetching } from '../data/fetch/node.js'
import { useFetching } from '../data/fetching.js'
import { useFiles } from '../files/files.js'
import { nodeFiles } from '../files/node/files.js'
import { useHost } from '../host/host.js'
import { nodeHost } from '../host/node.js'
import '../runtime/compute.js'
import { useHub } from '../interop/hub.js'
import { hubSnapshot } from '../interop/node/snapshot.js'
import { useBackend } from '../runtime/machine.js'
import { ort } from '../runtime/ort/ort.js'
import { useListening } from '../serve/listening.js'
import { nodeProcesses } from '../train/sweep/pool.js'
import { useProcesses } from '../train/sweep/processes.js'

useHost(nodeHost)
useFiles(nodeFiles)
useFetching(nodeFetching)
useHub(hubSnapshot)
useProcesses(nodeProcesses)
// what serves is loaded when something is served
useListening({
  listen: async (answer, options) => (await import('../serve/node/listen.js')).nodeListen(answer, options),
  adapterFolders: async (folder) => (await import('../serve/node/folders.js')).adapterFolders(folder),
})
useBackend(ort)
