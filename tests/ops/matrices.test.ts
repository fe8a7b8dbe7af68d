import { battery } from './battery.js'
import { rows } from './cases/matrices.js'

battery(rows)
