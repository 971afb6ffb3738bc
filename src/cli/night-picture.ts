import { type Instant, type Interval } from '../domain/interval.ts'
import type { Night } from '../domain/night.ts'
import { twilight } from '../sky/sun.ts'
import { nightInterval } from '../sky/zone.ts'

/** Characters of a picture, 45 minutes each; in a narrow terminal an hour each. */
const [WIDTH, NARROW_WIDTH] = [32, 24]

/** Columns of a terminal that is not narrow. */
const WIDE = 100

/** What a command prints to. */
export interface Terminal {
  readonly marks: Marks
  /** The characters in a line; Infinity for what is no terminal. */
  readonly columns: number
}

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

/** Whether a terminal shows a text: without UTF-8 only ASCII. */
export const isShown = (text: string, { marks }: Terminal): boolean => marks === BLOCKS || /^[ -~]*$/.test(text)

/** The marks for a terminal, by the variables that name its character set. */
export function marksFor(environment: Readonly<Record<string, string | undefined>>): Marks {
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || ''
  return /utf-?8/i.test(locale) ? BLOCKS : ASCII
}

const widthIn = ({ columns }: Terminal) => (columns < WIDE ? NARROW_WIDTH : WIDTH)

/** The heading of a column of pictures: each night from noon to noon. */
export function pictureHeading(terminal: Terminal): string {
  const side = widthIn(terminal) / 2 - 4
  return `${'noon'.padEnd(side)}midnight${'noon'.padStart(side)}`
}

/** One line that shows a night from noon to noon: day is blank. What is free covers what is taken, and that the light. */
export function nightPicture(
  night: Night,
  { free, taken = [] }: { readonly free: readonly Interval[]; readonly taken?: readonly Interval[] },
  terminal: Terminal,
): string {
  const { marks } = terminal
  const width = widthIn(terminal)
  const { start, end } = nightInterval(night)
  const bands = twilight(night)
  const markAt = (at: Instant): string => {
    if (free.some(contains(at))) return marks.free
    if (taken.some(contains(at))) return marks.taken
    const light = bands.find(contains(at))?.light ?? 'day'
    if (light === 'day') return ' '
    return light === 'dark' ? marks.dark : marks.twilight
  }
  return Array.from({ length: width }, (_, n) => markAt(start + ((n + 0.5) * (end - start)) / width)).join('')
}

const contains =
  (at: Instant) =>
  ({ start, end }: Interval): boolean =>
    start <= at && at < end

/** A line that says what the marks mean; empty for a table without pictures. @param meaning of the marks for free and taken */
export function legendOf(
  [headings = []]: readonly (readonly string[])[],
  terminal: Terminal,
  meaning: { free: string; taken?: string },
): string {
  if (!headings.includes(pictureHeading(terminal))) return ''
  const { twilight: dusk, dark, taken, free } = terminal.marks
  const items = [
    `${dusk} twilight`,
    `${dark} dark`,
    ...(meaning.taken === undefined ? [] : [`${taken} ${meaning.taken}`]),
    `${free} ${meaning.free}`,
  ]
  return `${items.join('   ')}\n`
}
