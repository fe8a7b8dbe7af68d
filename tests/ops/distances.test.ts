import { battery } from './battery.js'
import { rows } from './cases/distances.js'

battery(rows)
