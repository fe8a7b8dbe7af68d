/** Keeps the house in order: every rule of scripts/check, each failure one line with its place. */
import { fileURLToPath } from 'node:url'
import { checkCaptions } from './check/captions.js'
import { checkCycles } from './check/cycles.js'
import { checkFront } from './check/front.js'
import { checkHoles } from './check/holes.js'
import { checkLinks } from './check/links.js'
import { checkMembers } from './check/members.js'
import { checkOptions } from './check/options.js'
import { checkPapers } from './check/papers.js'
import { checkRooms } from './check/rooms.js'
import { checkSeams } from './check/seams.js'
import { checkSizes } from './check/sizes.js'
import { readTree } from './check/source.js'
import { checkSubpaths } from './check/subpaths.js'
import { house } from './house.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const source = readTree(root, house)
const helpers = readTree(root, house, ['scripts', 'bench'])

const problems = [
  ...[
    checkRooms,
    checkCycles,
    checkSizes,
    checkSeams,
    checkHoles,
    checkMembers,
    checkOptions,
    checkFront,
    checkSubpaths,
    checkCaptions,
    checkPapers,
    checkLinks,
  ].flatMap((check) => check(source)),
  ...[checkCycles, checkSizes, checkHoles, checkOptions].flatMap((check) => check(helpers)),
]
for (const { file, line, message, warning } of problems) console.log(`${file}:${line}: ${warning ? 'warning: ' : ''}${message}`)

const failures = problems.filter((problem) => !problem.warning).length
console.log(`check: ${source.files.length} files of src, ${failures || 'no'} ${failures === 1 ? 'problem' : 'problems'}`)
process.exitCode = failures ? 1 : 0
