import { battery } from './battery.js'
import { rows } from './cases/reduce.js'

battery(rows)
