import { Failure } from '../../domain/failure.ts'
import type { SiteCode } from '../../domain/site.ts'
import { yieldToEventLoop, takeChunk } from '../../concurrency.ts'
import type { Codec, Feed, FeedPage, Cursor, FeedEntry } from '../port.ts'
import { revisionOf, sizeOfRevision } from './rows.ts'
import type { RevisionRow, Statements } from './statements.ts'

interface CursorRow {
  readonly sequence: number
  readonly mark: string
}

/** Which revision was told of at a position. */
interface FeedRow extends CursorRow {
  readonly event_id: string
  readonly number: number
}

export function openFeed(sql: Statements, read: <T>(question: () => T) => Promise<T>, codec: Codec): Feed {
  const last = () => cursorOf(sql.lastTold.get() as CursorRow)
  return {
    end: () => read(last),
    cursor: (id) => read(() => parseCursor(id, sql)),
    async since(id, limit, sites) {
      const found = await read((): Found | undefined => {
        // First, so that whatever is committed by another process meanwhile is left for the next time.
        const end = last()
        const cursor = parseCursor(id, sql)
        if (!cursor || sql.broken.get({ after: cursor.sequence, last: end.sequence }) !== undefined) return undefined
        const rows = rowsBetween(cursor, end, limit, sites, sql)
        return { end, rows, more: rows.length === limit }
      })
      if (!found || found.rows.length === 0) return found && { entries: [], next: found.end, remaining: 0 }
      await yieldToEventLoop()
      return read(() => pageOf(found, sql, codec))
    },
  }
}

const cursorOf = ({ sequence, mark }: CursorRow): Cursor => ({ sequence, id: `${sequence}-${mark}` })

/** The place called `id`; undefined where it is none. */
function parseCursor(id: string, sql: Statements): Cursor | undefined {
  const [, sequence] = /^([1-9]\d{0,14})-[0-9a-f]{8}$/.exec(id) ?? []
  if (sequence === undefined) return undefined
  const row = sql.toldAt.get(Number(sequence)) as CursorRow | undefined
  const cursor = row && cursorOf(row)
  return cursor?.id === id ? cursor : undefined
}

/** What was told of after a place and up to another, everywhere or at some sites: the first of it, without the revisions. */
function rowsBetween(cursor: Cursor, end: Cursor, limit: number, sites: ReadonlySet<SiteCode> | undefined, sql: Statements): FeedRow[] {
  const span = { after: cursor.sequence, last: end.sequence }
  const first = (rows: Iterable<unknown>) => takeChunk(rows as Iterable<FeedRow>, () => 0, limit)
  if (!sites) return first(sql.toldAfter.iterate(span))
  const rows = new Map<number, FeedRow>()
  // What leaves a site concerns it too.
  for (const statement of [sql.toldOfSite, sql.toldOfFormerSite]) {
    for (const site of sites) for (const row of first(statement.iterate({ ...span, site }))) rows.set(row.sequence, row)
  }
  return [...rows.values()].toSorted((a, b) => a.sequence - b.sequence).slice(0, limit)
}

interface Found {
  readonly rows: readonly FeedRow[]
  /** Where the feed ended. */
  readonly end: Cursor
  /** Whether there may be others before that. */
  readonly more: boolean
}

function pageOf({ rows, end, more }: Found, sql: Statements, codec: Codec): FeedPage {
  const chunk = takeChunk(revisionsAt(rows, sql), ({ revision }) => sizeOfRevision(revision))
  const remaining = rows.length - chunk.length
  const last = chunk.at(-1)
  return { entries: chunk.flatMap((one) => feedEntryOf(one, codec)), next: (remaining > 0 || more) && last ? cursorOf(last.row) : end, remaining }
}

/** Nothing of a revision whose text is damaged: nobody would ever come past it. */
function feedEntryOf({ row, revision }: { readonly row: FeedRow; readonly revision: RevisionRow }, codec: Codec): FeedEntry[] {
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
