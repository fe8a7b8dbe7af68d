import { battery } from './battery.js'
import { rows } from './cases/linalg.js'

battery(rows)
