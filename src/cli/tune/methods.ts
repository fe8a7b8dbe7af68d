/** Every method of `hebb tune`, one line each. */
import type { TuneMethod } from './method.js'
import { dpoMethod } from './methods/dpo.js'
import { ktoMethod } from './methods/kto.js'
import { orpoMethod } from './methods/orpo.js'
import { sftMethod } from './methods/sft.js'
import { simpoMethod } from './methods/simpo.js'

/** In the order of `hebb tune --help`. */
export const methods: readonly TuneMethod[] = [sftMethod, dpoMethod, orpoMethod, simpoMethod, ktoMethod]
