import { battery } from './battery.js'
import { rows } from './cases/sampling.js'

battery(rows)
