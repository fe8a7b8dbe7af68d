/** A process of its own that fetches one file: node --import tsx fetching.ts <url> <folder> <md5> */
import '../../src/entry/node.js'
import { fetchFile } from '../../src/data/fetch/fetch-file.js'

const [url, dir, md5] = process.argv.slice(2)
console.log(await fetchFile({ name: 'a', urls: [url!], dir: dir!, checksum: { md5: md5! } }))
