/** What lasts: whole files, locks, journals, safetensors. */
export { FileError } from './fileError.js'
export { writeAtomic } from './files.js'
export { type Journal, type JournalEvent, type JournalValue, openJournal, readJournal } from './journal.js'
export { LockedError } from './lock.js'
export { formatSafetensors, parseSafetensors, type Safetensors } from './safetensors/bytes.js'
export { openSafetensors, readSafetensors, writeSafetensors } from './safetensors/file.js'
export { plainFields, savedArray, stateful } from './saved.js'
export type { Plain, Saved, Stateful } from './stateful.js'
