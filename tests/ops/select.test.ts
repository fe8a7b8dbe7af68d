import { battery } from './battery.js'
import { rows } from './cases/select.js'

battery(rows)
