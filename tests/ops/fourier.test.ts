import { battery } from './battery.js'
import { rows } from './cases/fourier.js'

battery(rows)
