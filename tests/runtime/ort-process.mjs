// What only a process of its own can show about src/runtime/ort/ort.ts: growth, exits, worker threads. Reads its task from argv.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { tsImport } from 'tsx/esm/api'

const { ort } = await tsImport('../../src/runtime/ort/ort.ts', import.meta.url)
const { chain } = await tsImport('./onnx.ts', import.meta.url)

const long = (threads) => {
  const shape = [256, 256]
  const slot = () => ({ array: new Float32Array(256 * 256).fill(1 / 256), dtype: 'f32', shape })
  return ort.sessionNow(chain('MatMul', 300, shape), { threads }).bind([slot()], [slot()])
}

async function growth() {
  const model = chain('Mul', 1, [64])
  const slot = () => ({ array: new Float32Array(64), dtype: 'f32', shape: [64] })
  const session = ort.sessionNow(model)
  const binding = session.bind([slot()], [slot()])
  const settle = async () => {
    for (let i = 0; i < 4; i++) {
      globalThis.gc()
      await new Promise((done) => setTimeout(done, 10)) // finalizers run between turns
    }
  }
  const works = {
    runs: async () => {
      for (let i = 0; i < 20_000; i++) binding.runNow()
      for (let i = 0; i < 500; i++) await binding.run()
    },
    released: () => {
      for (let i = 0; i < 1000; i++) session.bind([slot()], [slot()]).release()
    },
    dropped: () => {
      for (let i = 0; i < 1000; i++) session.bind([slot()], [slot()]).runNow()
    },
    sessions: () => {
      for (let i = 0; i < 60; i++) {
        const other = ort.sessionNow(model, { threads: 2 })
        other.bind([slot()], [slot()]).runNow()
        if (i % 2) other.release()
      }
    },
  }
  const grown = {}
  for (const [name, work] of Object.entries(works)) {
    for (let i = 0; i < 3; i++) await work() // the heap finds its size
    await settle()
    const before = process.memoryUsage.rss()
    await work()
    await settle()
    grown[name] = (process.memoryUsage.rss() - before) / 1e6
  }
  console.log(JSON.stringify(grown))
}

async function exit() {
  const binding = long(2)
  console.log('running')
  binding.run()
  setTimeout(() => process.exit(3), 5)
}

async function workers() {
  const said = []
  const start = (task) => new Worker(new URL(import.meta.url), { workerData: task, argv: ['worker'] })
  const first = start('once')
  await new Promise((done) => first.once('exit', done)) // it loaded the library and ended before this thread did the same
  said.push('worker 0 done')
  const binding = long(2)
  const second = start('forever')
  await new Promise((done) => second.once('message', done))
  const running = binding.run()
  await second.terminate()
  said.push('worker 1 stopped')
  await running
  binding.runNow()
  said.push('main done')
  console.log(said.join(', '))
}

async function worker() {
  const binding = long(2)
  binding.runNow()
  parentPort.postMessage('running')
  do await binding.run()
  while (workerData === 'forever')
}

await { growth, exit, workers, worker }[isMainThread ? process.argv[2] : 'worker']()
