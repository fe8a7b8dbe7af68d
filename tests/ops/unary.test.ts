import { battery } from './battery.js'
import { rows } from './cases/unary.js'

battery(rows)
