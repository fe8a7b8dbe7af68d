import { battery } from './battery.js'
import { rows } from './cases/windows.js'

battery(rows)
