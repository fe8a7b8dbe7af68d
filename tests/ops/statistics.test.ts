import { battery } from './battery.js'
import { rows } from './cases/statistics.js'

battery(rows)
