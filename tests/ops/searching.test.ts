import { battery } from './battery.js'
import { rows } from './cases/searching.js'

battery(rows)
