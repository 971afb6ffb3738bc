import { LONGEST_ID } from '../domain/reservation.ts'
import { quoted } from '../domain/text.ts'
import type { Outcome } from './outcome.ts'
import type { Trouble } from './trouble.ts'

/** Things of one sort: how many there were, and the first of them, so that a report stays small whatever the file. */
export interface Noted<T> {
  count: number
  readonly first: T[]
}

export interface LeftOut {
  readonly line: number
  /** Where there are several files. */
  readonly file?: string | undefined
  readonly id: string | undefined
  readonly why: string
}

/** What an import did, or would do. Names no one: ids only. */
export interface Report {
  readonly file: string
  readonly store: string
  readonly dryRun: boolean
  rows: number
  imported: number
  alreadyThere: number
  readonly leftOut: Noted<LeftOut>
  /** How many were left out for what sort of reason. */
  readonly reasons: Map<string, number>
  /** By what was assumed: the ids of the rows it was assumed in. */
  readonly repairs: Map<string, Noted<string>>
  /** Imported though they overlap, as they did in the original: each with the one that came before it. */
  readonly overlaps: Noted<readonly [id: string, across: string]>
  /** Why it did not come to its end; what it tells of is done all the same. */
  trouble?: Trouble
}

export const noted = <T>(): Noted<T> => ({ count: 0, first: [] })

export const emptyReport = (about: Pick<Report, 'file' | 'store' | 'dryRun'>): Report => ({
  ...about,
  rows: 0,
  imported: 0,
  alreadyThere: 0,
  leftOut: noted(),
  reasons: new Map(),
  repairs: new Map(),
  overlaps: noted(),
})

const MOST_KEPT = 1000
const EXAMPLES = 5

export function note<T>(things: Noted<T>, thing: T): void {
  things.count += 1
  if (things.first.length < MOST_KEPT) things.first.push(thing)
}

export const outcomeOf = (report: Report): Outcome => ({
  found: report.leftOut.count > 0,
  facts: factsOf(report),
  text: textOf(report),
  trouble: report.trouble,
})

function factsOf({ file, store, dryRun, rows, imported, alreadyThere, leftOut, reasons, repairs, overlaps }: Report): object {
  return {
    file,
    store,
    dry_run: dryRun,
    rows,
    imported,
    already_there: alreadyThere,
    left_out: {
      count: leftOut.count,
      reasons: Object.fromEntries(reasons),
      first: leftOut.first.map(({ line, file: within, id, why }) => ({ ...(within !== undefined && { file: within }), line, event_id: id ?? null, why })),
    },
    assumed: Object.fromEntries([...repairs].map(([repair, { count, first }]) => [repair, { count, first: first.slice(0, EXAMPLES) }])),
    overlaps,
  }
}

/** The report for people to read. */
function textOf({ file, dryRun, rows, imported, alreadyThere, leftOut, reasons, repairs, overlaps }: Report): string {
  const lines = [`${file}: ${counted(rows, 'row')}, ${imported} ${dryRun ? 'would be imported' : 'imported'}, ${alreadyThere} already there, ${leftOut.count} left out`]
  if (repairs.size > 0) lines.push('', 'Repaired')
  for (const [repair, ids] of repairs) lines.push(`  ${repair}: ${counted(ids.count, 'row')} (${examplesOf(ids)})`)
  if (leftOut.count > 0) lines.push('', 'Left out')
  for (const [reason, count] of reasons) lines.push(`  ${reason}: ${counted(count, 'row')}`)
  if (leftOut.count > 0) lines.push('', 'Left out, one by one', ...leftOut.first.map(leftOutLine), ...more(leftOut))
  if (overlaps.count > 0) lines.push('', 'Overlapping, kept as they were')
  for (const [id, across] of overlaps.first) lines.push(`  ${quoted(id, LONGEST_ID)} overlaps ${quoted(across, LONGEST_ID)}`)
  lines.push(...more(overlaps))
  if (dryRun) lines.push('', 'Nothing was written.')
  return `${lines.join('\n')}\n`
}

const leftOutLine = ({ line, file, id, why }: LeftOut) =>
  `  ${file === undefined ? '' : `${file}, `}line ${line}${id === undefined ? '' : `, ${quoted(id, LONGEST_ID)}`}: ${why}`

const more = (things: Noted<unknown>) => (things.count > things.first.length ? [`  and ${things.count - things.first.length} more`] : [])

/** The first few, and whether there are more. */
export const examplesOf = ({ count, first }: Noted<string>) => first.slice(0, EXAMPLES).map((id) => quoted(id, LONGEST_ID)).join(', ') + (count > EXAMPLES ? ', …' : '')

export const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`
