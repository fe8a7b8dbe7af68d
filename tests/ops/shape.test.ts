import { battery } from './battery.js'
import { rows } from './cases/shape.js'

battery(rows)
