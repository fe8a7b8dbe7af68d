import { battery } from './battery.js'
import { rows } from './cases/move.js'

battery(rows)
