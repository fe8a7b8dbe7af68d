import { battery } from './battery.js'
import { rows } from './cases/layout.js'

battery(rows)
