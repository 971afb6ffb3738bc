import type { CliError } from './cli-error.ts'
import type { CommandResult } from './outcome.ts'
import { emptySample, type Sample } from './sample.ts'
import { plural } from '../domain/text.ts'
import { exampleIds, quotedId } from './text.ts'

export interface SkippedRow {
  readonly line: number
  /** The name of the file, if there are several. */
  readonly file?: string | undefined
  readonly id: string | undefined
  readonly reason: string
}

/** What an import did, or would do. It has ids, but no names of people. */
export interface ImportReport {
  readonly file: string
  readonly store: string
  readonly dryRun: boolean
  rows: number
  imported: number
  alreadyThere: number
  readonly skipped: Sample<SkippedRow>
  /** Number of skipped rows by category of the reason. */
  readonly categories: Map<string, number>
  /** Ids of repaired rows, by what was assumed. */
  readonly repairs: Map<string, Sample<string>>
  /** Pairs of imported rows that overlap, as they did in the original. */
  readonly overlaps: Sample<readonly [id: string, other: string]>
  /** Why the import ended early. What the report counts was done. */
  error?: CliError
}

export const emptyReport = (about: Pick<ImportReport, 'file' | 'store' | 'dryRun'>): ImportReport => ({
  ...about,
  rows: 0,
  imported: 0,
  alreadyThere: 0,
  skipped: emptySample(),
  categories: new Map(),
  repairs: new Map(),
  overlaps: emptySample(),
})

/** Repaired rows that the JSON report names, for each repair. */
const MAX_REPAIRED = 5

export const outcomeOf = (report: ImportReport): CommandResult => ({
  hasProblems: report.skipped.count > 0,
  report: factsOf(report),
  text: textOf(report),
  error: report.error,
})

function factsOf({
  file,
  store,
  dryRun,
  rows,
  imported,
  alreadyThere,
  skipped,
  categories,
  repairs,
  overlaps,
}: ImportReport): object {
  return {
    file,
    store,
    dry_run: dryRun,
    rows,
    imported,
    already_there: alreadyThere,
    skipped: {
      count: skipped.count,
      reasons: Object.fromEntries(categories),
      first: skipped.first.map(({ line, file: within, id, reason }) => ({
        ...(within !== undefined && { file: within }),
        line,
        event_id: id ?? null,
        reason,
      })),
    },
    assumed: Object.fromEntries(
      [...repairs].map(([repair, { count, first }]) => [repair, { count, first: first.slice(0, MAX_REPAIRED) }]),
    ),
    overlaps,
  }
}

function textOf({
  file,
  dryRun,
  rows,
  imported,
  alreadyThere,
  skipped,
  categories,
  repairs,
  overlaps,
}: ImportReport): string {
  const lines = [
    `${file}: ${plural(rows, 'row')}, ${imported} ${dryRun ? 'would be imported' : 'imported'}, ${alreadyThere} already there, ${skipped.count} skipped`,
  ]
  if (repairs.size > 0) lines.push('', 'Repaired')
  for (const [repair, ids] of repairs) lines.push(`  ${repair}: ${plural(ids.count, 'row')} (${exampleIds(ids.first)})`)
  if (skipped.count > 0) lines.push('', 'Skipped')
  for (const [reason, count] of categories) lines.push(`  ${reason}: ${plural(count, 'row')}`)
  if (skipped.count > 0) lines.push('', 'Skipped rows', ...skipped.first.map(skippedLine), ...more(skipped))
  if (overlaps.count > 0) lines.push('', 'Overlapping, imported as they were')
  for (const [id, other] of overlaps.first) lines.push(`  ${quotedId(id)} overlaps ${quotedId(other)}`)
  lines.push(...more(overlaps))
  if (dryRun) lines.push('', 'Nothing was written.')
  return `${lines.join('\n')}\n`
}

const skippedLine = ({ line, file, id, reason }: SkippedRow) =>
  `  ${file === undefined ? '' : `${file}, `}line ${line}${id === undefined ? '' : `, ${quotedId(id)}`}: ${reason}`

const more = ({ count, first }: Sample<unknown>) => (count > first.length ? [`  and ${count - first.length} more`] : [])
