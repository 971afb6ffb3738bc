import type { Writable } from 'node:stream'

/** Things of one sort: how many there were, and the first of them, so that a report stays small whatever the file. */
export interface Noted<T> {
  count: number
  readonly first: T[]
}

export interface LeftOut {
  readonly line: number
  readonly id: string | undefined
  readonly why: string
}

/** What an import did. Names no one: ids only. */
export interface Report {
  readonly file: string
  rows: number
  imported: number
  alreadyThere: number
  readonly leftOut: Noted<LeftOut>
  /** By what was assumed: the ids of the rows it was assumed in. */
  readonly repairs: Map<string, Noted<string>>
  /** Imported though they overlap, as they did in the original: each with the one that came before it. */
  readonly overlaps: Noted<readonly [id: string, across: string]>
  /** Why the file could not be read to its end. What came before is imported, and importing it again does no harm. */
  unreadable?: string
}

export const noted = <T>(): Noted<T> => ({ count: 0, first: [] })

export const emptyReport = (file: string): Report => ({
  file,
  rows: 0,
  imported: 0,
  alreadyThere: 0,
  leftOut: noted(),
  repairs: new Map(),
  overlaps: noted(),
})

const MOST_KEPT = 1000
const EXAMPLES = 5

export function note<T>(things: Noted<T>, thing: T): void {
  things.count += 1
  if (things.first.length < MOST_KEPT) things.first.push(thing)
}

/** Writes a report for people to read. */
export function printReport(report: Report, out: Writable): void {
  const { file, rows, imported, alreadyThere, leftOut, repairs, overlaps, unreadable } = report
  const say = (text: string) => void out.write(`${text}\n`)
  say(`${file}: ${counted(rows, 'row')}, ${imported} imported, ${alreadyThere} already there, ${leftOut.count} left out`)
  if (repairs.size > 0) say('\nRepaired')
  for (const [repair, ids] of repairs) say(`  ${repair}: ${counted(ids.count, 'row')} (${examplesOf(ids)})`)
  if (leftOut.count > 0) say('\nLeft out')
  for (const { line, id, why } of leftOut.first) say(`  line ${line}${id === undefined ? '' : `, ${shown(id)}`}: ${why}`)
  sayMore(leftOut, say)
  if (overlaps.count > 0) say('\nOverlapping, kept as they were')
  for (const [id, across] of overlaps.first) say(`  ${shown(id)} overlaps ${shown(across)}`)
  sayMore(overlaps, say)
  if (unreadable !== undefined) say(`\n${unreadable}\nWhat came before that is imported; once the file is whole, import it again.`)
}

function sayMore(things: Noted<unknown>, say: (text: string) => void): void {
  if (things.count > things.first.length) say(`  and ${things.count - things.first.length} more`)
}

/** The first few, and whether there are more. */
export const examplesOf = ({ count, first }: Noted<string>) =>
  first.slice(0, EXAMPLES).map((id) => shown(id)).join(', ') + (count > EXAMPLES ? ', …' : '')

export const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`

/** An id may be any text, and a terminal obeys some: only what can be seen is printed, and not too much of it. */
export const shown = (text: string, longest = 128): string =>
  text.slice(0, longest).replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, '\u{fffd}')
