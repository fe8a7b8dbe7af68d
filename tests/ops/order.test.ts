import { battery } from './battery.js'
import { rows } from './cases/order.js'

battery(rows)
