import { battery } from './battery.js'
import { rows } from './cases/create.js'

battery(rows)
