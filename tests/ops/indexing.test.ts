import { battery } from './battery.js'
import { rows } from './cases/indexing.js'

battery(rows)
