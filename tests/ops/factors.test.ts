import { battery } from './battery.js'
import { rows } from './cases/factors.js'

battery(rows)
