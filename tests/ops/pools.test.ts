import { battery } from './battery.js'
import { rows } from './cases/pools.js'

battery(rows)
