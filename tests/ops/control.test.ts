import { battery } from './battery.js'
import { rows } from './cases/control.js'

battery(rows)
