import { Failure } from '../../domain/failure.ts'
import type { SiteCode } from '../../domain/site.ts'
import { yieldToEventLoop, takeChunk } from '../../concurrency.ts'
import type { Codec, Feed, FeedPage, Cursor, FeedEntry, LogPosition } from '../port.ts'
import { revisionOf, sizeOfRevision } from './rows.ts'
import type { GuardedRead } from './file-guard.ts'
import type { RevisionRow, Statements } from './statements.ts'

/** The one log of a file. */
const LOG = ''
/** How often a change stream looks for new entries. */
const POLL_MS = 500
/** The cost of a revision without its texts, in bytes of text that take the same time. */
const REVISION_COST = 1000

interface CursorRow {
  readonly sequence: number
  readonly nonce: string
}

/** A row of the feed, without its revision. */
interface FeedRow extends CursorRow {
  readonly event_id: string
  readonly number: number
}

/** The change feed of a SQLite file. */
export function openFeed(sql: Statements, read: GuardedRead, codec: Codec): Feed {
  const end = () => cursorOf(sql.lastEntry.get() as CursorRow)
  return {
    bySite: false,
    pollMs: POLL_MS,
    cursorAt: (positions) => ({ id: idOf(positions.get(LOG)!), positions }),
    end: () => read(end),
    cursor: (id) => read(() => parseCursor(id, sql)),
    async since(id, max, sites) {
      const found = await read((): Found | undefined => {
        // Read the end first: what another process commits in the meantime belongs to the next page.
        const last = end()
        const cursor = parseCursor(id, sql)
        if (!cursor || sql.gap.get({ after: numberOf(cursor), last: numberOf(last) }) !== undefined) return undefined
        const rows = rowsBetween(cursor, last, max, sites, sql)
        return { end: last, rows, more: rows.length === max }
      })
      if (!found || found.rows.length === 0) return found && { entries: [], next: found.end, remaining: 0 }
      await yieldToEventLoop()
      return read(() => pageOf(found, sql, codec))
    },
  }
}

function cursorOf({ sequence: number, nonce }: CursorRow): Cursor {
  const position = { number, nonce }
  return { id: idOf(position), positions: new Map([[LOG, position]]) }
}

const idOf = ({ number, nonce }: LogPosition) => `${number}-${nonce}`
const numberOf = ({ positions }: Cursor) => positions.get(LOG)?.number ?? 0

/** The cursor with an id; undefined if there is none. */
function parseCursor(id: string, sql: Statements): Cursor | undefined {
  const [, sequence] = /^([1-9]\d{0,14})-[0-9a-f]{8}$/.exec(id) ?? []
  if (sequence === undefined) return undefined
  const row = sql.entryAt.get(Number(sequence)) as CursorRow | undefined
  const cursor = row && cursorOf(row)
  return cursor?.id === id ? cursor : undefined
}

/** The first rows of the feed after one cursor and up to another, at all sites or some. Reads some three times `max` at most. */
function rowsBetween(
  cursor: Cursor,
  end: Cursor,
  max: number,
  sites: ReadonlySet<SiteCode> | undefined,
  sql: Statements,
): FeedRow[] {
  const span = { after: numberOf(cursor), last: numberOf(end) }
  if (!sites) return firstRows(sql.entriesAfter.iterate(span), max)
  const limit = Math.ceil(max / (2 * sites.size)) + 1
  const runs = [...sites].flatMap((site) =>
    // A reservation that leaves a site concerns it too.
    [sql.entriesOfSite, sql.entriesOfFormerSite].map((statement) =>
      rowsInSteps((after) => firstRows(statement.iterate({ ...span, after, site }), limit), span.after, limit),
    ),
  )
  return firstOfAll(runs, max)
}

const firstRows = (rows: Iterable<unknown>, max: number) => takeChunk(rows as Iterable<FeedRow>, () => 0, max)

/** The rows of one index, read `limit` at a time. */
function* rowsInSteps(read: (after: number) => FeedRow[], start: number, limit: number): Generator<FeedRow, void> {
  for (let after = start; ;) {
    const rows = read(after)
    yield* rows
    if (rows.length < limit) return
    after = (rows.at(-1) as FeedRow).sequence
  }
}

/** The first `max` rows of several sorted runs, each row once. */
function firstOfAll(runs: readonly Iterator<FeedRow, void>[], max: number): FeedRow[] {
  const heads = runs.flatMap((run) => headOf(run))
  const merged: FeedRow[] = []
  while (heads.length > 0 && merged.length < max) {
    let least = 0
    for (const [n, { row }] of heads.entries()) if (row.sequence < (heads[least] as Head).row.sequence) least = n
    const { row, run } = heads[least] as Head
    if (merged.at(-1)?.sequence !== row.sequence) merged.push(row)
    heads.splice(least, 1, ...headOf(run))
  }
  return merged
}

/** The next row of a run. */
interface Head {
  readonly row: FeedRow
  readonly run: Iterator<FeedRow, void>
}

function headOf(run: Iterator<FeedRow, void>): Head[] {
  const next = run.next()
  return next.done ? [] : [{ row: next.value, run }]
}

interface Found {
  readonly rows: readonly FeedRow[]
  /** The end of the feed. */
  readonly end: Cursor
  /** Whether there may be more rows before the end. */
  readonly more: boolean
}

function pageOf({ rows, end, more }: Found, sql: Statements, codec: Codec): FeedPage {
  const chunk = takeChunk(revisionsAt(rows, sql), ({ revision }) => sizeOfRevision(revision) + REVISION_COST)
  const remaining = rows.length - chunk.length
  const last = chunk.at(-1)
  return {
    entries: chunk.flatMap((one) => feedEntryOf(one, codec)),
    next: (remaining > 0 || more) && last ? cursorOf(last.row) : end,
    remaining,
  }
}

/** Skips a revision whose text is damaged, since subscribers could never get past it. */
function feedEntryOf(
  { row, revision }: { readonly row: FeedRow; readonly revision: RevisionRow },
  codec: Codec,
): FeedEntry[] {
  try {
    return [{ ...cursorOf(row), revision: revisionOf(revision, codec) }]
  } catch (error) {
    if (error instanceof Failure) return []
    throw error
  }
}

function* revisionsAt(rows: readonly FeedRow[], sql: Statements) {
  for (const row of rows) yield { row, revision: sql.revision.get(row.event_id, row.number) as RevisionRow }
}
