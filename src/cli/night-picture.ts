import { type Instant, type Interval } from '../domain/interval.ts'
import type { Night } from '../domain/night.ts'
import { twilight } from '../sky/sun.ts'
import { nightInterval } from '../sky/zone.ts'

/** Characters of a picture: 45 minutes each. */
const WIDTH = 32

/** The characters of a picture. */
export interface Marks {
  readonly twilight: string
  readonly dark: string
  readonly taken: string
  readonly free: string
}

/** For terminals that show UTF-8, and for all others. */
const BLOCKS: Marks = { twilight: '·', dark: '░', taken: '▒', free: '█' }
const ASCII: Marks = { twilight: '.', dark: '-', taken: 'x', free: '#' }

/** The marks for a terminal, by the variables that name its character set. */
export function marksFor(environment: Readonly<Record<string, string | undefined>>): Marks {
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || ''
  return /utf-?8/i.test(locale) ? BLOCKS : ASCII
}

/** The heading of a column of pictures: each night from noon to noon. */
export const PICTURE_HEADING = `${'noon'.padEnd(WIDTH / 2 - 4)}midnight${'noon'.padStart(WIDTH / 2 - 4)}`

/** One line that shows a night from noon to noon: day is blank. What is free covers what is taken, and that the light. */
export function nightPicture(
  night: Night,
  { free, taken = [] }: { readonly free: readonly Interval[]; readonly taken?: readonly Interval[] },
  marks: Marks,
): string {
  const { start, end } = nightInterval(night)
  const bands = twilight(night)
  const markAt = (at: Instant): string => {
    if (free.some(contains(at))) return marks.free
    if (taken.some(contains(at))) return marks.taken
    const light = bands.find(contains(at))?.light ?? 'day'
    if (light === 'day') return ' '
    return light === 'dark' ? marks.dark : marks.twilight
  }
  return Array.from({ length: WIDTH }, (_, n) => markAt(start + ((n + 0.5) * (end - start)) / WIDTH)).join('')
}

const contains =
  (at: Instant) =>
  ({ start, end }: Interval): boolean =>
    start <= at && at < end

/** What the marks mean. @param free what is shown as free */
export const legendOf = (
  { twilight: dusk, dark, taken, free }: Marks,
  meaning: { free: string; taken?: string },
): string =>
  [
    `${dusk} twilight`,
    `${dark} dark`,
    ...(meaning.taken === undefined ? [] : [`${taken} ${meaning.taken}`]),
    `${free} ${meaning.free}`,
  ].join('   ')
