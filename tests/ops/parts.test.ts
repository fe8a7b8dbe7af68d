import { battery } from './battery.js'
import { rows } from './cases/parts.js'

battery(rows)
