import { battery } from './battery.js'
import { rows } from './cases/special.js'

battery(rows)
