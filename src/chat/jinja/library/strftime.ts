/** Dates in the words of a pattern, as C's `strftime` has it in English. */
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']

const padded = (value: number, width = 2, fill = '0'): string => String(value).padStart(width, fill)

/** Days since the start of the year, from 0. */
const dayOfYear = (date: Date): number =>
  Math.round((Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) - Date.UTC(date.getFullYear(), 0, 1)) / 86_400_000)

/** A date of local time by a pattern: `%d %b %Y` gives `26 Jul 2024`. What is no letter of it stays as it is. */
export function strftime(date: Date, pattern: string): string {
  const hour = date.getHours()
  const fields: Readonly<Record<string, () => string>> = {
    Y: () => String(date.getFullYear()),
    y: () => padded(date.getFullYear() % 100),
    C: () => padded(Math.floor(date.getFullYear() / 100)),
    m: () => padded(date.getMonth() + 1),
    B: () => months[date.getMonth()]!,
    b: () => months[date.getMonth()]!.slice(0, 3),
    h: () => months[date.getMonth()]!.slice(0, 3),
    d: () => padded(date.getDate()),
    e: () => padded(date.getDate(), 2, ' '),
    j: () => padded(dayOfYear(date) + 1, 3),
    A: () => days[date.getDay()]!,
    a: () => days[date.getDay()]!.slice(0, 3),
    w: () => String(date.getDay()),
    u: () => String(date.getDay() || 7),
    U: () => padded(Math.floor((dayOfYear(date) + 7 - date.getDay()) / 7)),
    W: () => padded(Math.floor((dayOfYear(date) + 7 - ((date.getDay() + 6) % 7)) / 7)),
    H: () => padded(hour),
    I: () => padded(hour % 12 || 12),
    k: () => padded(hour, 2, ' '),
    l: () => padded(hour % 12 || 12, 2, ' '),
    M: () => padded(date.getMinutes()),
    S: () => padded(date.getSeconds()),
    f: () => padded(date.getMilliseconds() * 1000, 6),
    p: () => (hour < 12 ? 'AM' : 'PM'),
    s: () => String(Math.floor(date.getTime() / 1000)),
    Z: () => '',
    z: () => '',
    n: () => '\n',
    t: () => '\t',
    '%': () => '%',
    D: () => strftime(date, '%m/%d/%y'),
    x: () => strftime(date, '%m/%d/%y'),
    F: () => strftime(date, '%Y-%m-%d'),
    T: () => strftime(date, '%H:%M:%S'),
    X: () => strftime(date, '%H:%M:%S'),
    R: () => strftime(date, '%H:%M'),
    r: () => strftime(date, '%I:%M:%S %p'),
    c: () => strftime(date, '%a %b %e %H:%M:%S %Y'),
  }
  return pattern.replace(/%(-?)([a-zA-Z%])/g, (all, bare: string, letter: string) => {
    const field = fields[letter]?.()
    return field === undefined ? all : bare ? field.replace(/^[0 ]+(?=.)/, '') : field
  })
}
