import { battery } from './battery.js'
import { rows } from './cases/running.js'

battery(rows)
