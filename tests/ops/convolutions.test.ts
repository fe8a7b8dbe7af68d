import { battery } from './battery.js'
import { rows } from './cases/convolutions.js'

battery(rows)
