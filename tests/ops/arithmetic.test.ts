import { battery } from './battery.js'
import { rows } from './cases/arithmetic.js'

battery(rows)
