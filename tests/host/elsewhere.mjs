// Loads modules as a place without Node would: what Node alone has throws when it is loaded, and is no global. Prints what each exports.
import { register } from 'node:module'

const urls = process.argv.slice(2)
const hooks = `
  import { isBuiltin } from 'node:module'
  const packages = /^(koffi|onnxruntime-node|commander|tar)(\\/|$)/
  export const resolve = (specifier, context, next) => {
    if (isBuiltin(specifier) || packages.test(specifier)) throw new Error(specifier + ' is loaded by ' + context.parentURL)
    return next(specifier, { ...context, conditions: ['import', 'browser', 'default'] })
  }`
register(`data:text/javascript,${encodeURIComponent(hooks)}`)
const say = (
  (out) => (line) =>
    out.write(`${JSON.stringify(line)}\n`)
)(process.stdout)
for (const name of ['process', 'Buffer', 'setImmediate', 'clearImmediate', 'global']) delete globalThis[name]
for (const url of urls) {
  try {
    const names = Object.keys(await import(url)).length
    say({ url, names })
  } catch (error) {
    say({ url, problem: String(error) })
  }
}
// what needs a machine says what is missing
const { tensor } = await import(urls[0])
const found = await tensor([1, 2])
  .mul(2)
  .data()
  .catch((error) => error.message)
say({ url: 'computed', problem: String(found) })
