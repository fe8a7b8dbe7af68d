import { battery } from './battery.js'
import { rows } from './cases/gather.js'

battery(rows)
