import { battery } from './battery.js'
import { rows } from './cases/scatter.js'

battery(rows)
