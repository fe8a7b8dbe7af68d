import { battery } from './battery.js'
import { rows } from './cases/resizing.js'

battery(rows)
