// Fetches a model in a process of its own, to be killed: node --import tsx hubRunner.ts owner/name
import '../../src/entry/node.js'
import { hubFolder } from '../../src/interop/hub.js'

console.log(await hubFolder(process.argv[2]!))
