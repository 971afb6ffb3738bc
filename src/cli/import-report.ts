import { MAX_ID_LENGTH } from '../domain/reservation.ts'
import { quoted } from '../domain/text.ts'
import type { CommandResult } from './outcome.ts'
import type { CliError } from './cli-error.ts'

/** Things of one sort: how many there were, and the first of them, so that a report stays small whatever the file. */
export interface NotedItems<T> {
  count: number
  readonly first: T[]
}

export interface SkippedRow {
  readonly line: number
  /** Where there are several files. */
  readonly file?: string | undefined
  readonly id: string | undefined
  readonly reason: string
}

/** What an import did, or would do. Names no one: ids only. */
export interface Report {
  readonly file: string
  readonly store: string
  readonly dryRun: boolean
  rows: number
  imported: number
  alreadyThere: number
  readonly skipped: NotedItems<SkippedRow>
  /** How many were left out for what sort of reason. */
  readonly reasons: Map<string, number>
  /** By what was assumed: the ids of the rows it was assumed in. */
  readonly repairs: Map<string, NotedItems<string>>
  /** Imported though they overlap, as they did in the original: each with the one that came before it. */
  readonly overlaps: NotedItems<readonly [id: string, across: string]>
  /** Why it did not come to its end; what it tells of is done all the same. */
  error?: CliError
}

export const emptyNotes = <T>(): NotedItems<T> => ({ count: 0, first: [] })

export const emptyReport = (about: Pick<Report, 'file' | 'store' | 'dryRun'>): Report => ({
  ...about,
  rows: 0,
  imported: 0,
  alreadyThere: 0,
  skipped: emptyNotes(),
  reasons: new Map(),
  repairs: new Map(),
  overlaps: emptyNotes(),
})

const MAX_SKIPPED_LINES = 1000
const EXAMPLES = 5

export function note<T>(things: NotedItems<T>, thing: T): void {
  things.count += 1
  if (things.first.length < MAX_SKIPPED_LINES) things.first.push(thing)
}

export const outcomeOf = (report: Report): CommandResult => ({
  hasProblems: report.skipped.count > 0,
  report: factsOf(report),
  text: textOf(report),
  error: report.error,
})

function factsOf({ file, store, dryRun, rows, imported, alreadyThere, skipped, reasons, repairs, overlaps }: Report): object {
  return {
    file,
    store,
    dry_run: dryRun,
    rows,
    imported,
    already_there: alreadyThere,
    left_out: {
      count: skipped.count,
      reasons: Object.fromEntries(reasons),
      first: skipped.first.map(({ line, file: within, id, reason }) => ({ ...(within !== undefined && { file: within }), line, event_id: id ?? null, why: reason })),
    },
    assumed: Object.fromEntries([...repairs].map(([repair, { count, first }]) => [repair, { count, first: first.slice(0, EXAMPLES) }])),
    overlaps,
  }
}

/** The report for people to read. */
function textOf({ file, dryRun, rows, imported, alreadyThere, skipped, reasons, repairs, overlaps }: Report): string {
  const lines = [`${file}: ${plural(rows, 'row')}, ${imported} ${dryRun ? 'would be imported' : 'imported'}, ${alreadyThere} already there, ${skipped.count} left out`]
  if (repairs.size > 0) lines.push('', 'Repaired')
  for (const [repair, ids] of repairs) lines.push(`  ${repair}: ${plural(ids.count, 'row')} (${examplesOf(ids)})`)
  if (skipped.count > 0) lines.push('', 'Left out')
  for (const [reason, count] of reasons) lines.push(`  ${reason}: ${plural(count, 'row')}`)
  if (skipped.count > 0) lines.push('', 'Left out, one by one', ...skipped.first.map(skippedLine), ...more(skipped))
  if (overlaps.count > 0) lines.push('', 'Overlapping, kept as they were')
  for (const [id, across] of overlaps.first) lines.push(`  ${quoted(id, MAX_ID_LENGTH)} overlaps ${quoted(across, MAX_ID_LENGTH)}`)
  lines.push(...more(overlaps))
  if (dryRun) lines.push('', 'Nothing was written.')
  return `${lines.join('\n')}\n`
}

const skippedLine = ({ line, file, id, reason }: SkippedRow) =>
  `  ${file === undefined ? '' : `${file}, `}line ${line}${id === undefined ? '' : `, ${quoted(id, MAX_ID_LENGTH)}`}: ${reason}`

const more = (things: NotedItems<unknown>) => (things.count > things.first.length ? [`  and ${things.count - things.first.length} more`] : [])

/** The first few, and whether there are more. */
export const examplesOf = ({ count, first }: NotedItems<string>) => first.slice(0, EXAMPLES).map((id) => quoted(id, MAX_ID_LENGTH)).join(', ') + (count > EXAMPLES ? ', …' : '')

export const plural = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`
