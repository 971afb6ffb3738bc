import { Failure } from '../../domain/failure.ts'
import type { SiteCode } from '../../domain/site.ts'
import { nextTurn, pieceOf } from '../../pace.ts'
import type { Codec, Feed, Page, Position, Told } from '../store.ts'
import { revisionOf, sizeOfRevision } from './rows.ts'
import type { RevisionRow, Statements } from './statements.ts'

interface PositionRow {
  readonly sequence: number
  readonly mark: string
}

/** Which revision was told of at a position. */
interface FeedRow extends PositionRow {
  readonly event_id: string
  readonly number: number
}

export function feedOf(say: Statements, read: <T>(question: () => T) => Promise<T>, codec: Codec): Feed {
  const last = () => positionOf(say.lastTold.get() as PositionRow)
  return {
    last: () => read(last),
    place: (id) => read(() => placeOf(id, say)),
    async since(id, most, sites) {
      const found = await read((): Found | undefined => {
        // First, so that whatever is committed by another process meanwhile is left for the next time.
        const end = last()
        const place = placeOf(id, say)
        if (!place || say.broken.get({ after: place.sequence, last: end.sequence }) !== undefined) return undefined
        const rows = rowsBetween(place, end, most, sites, say)
        return { end, rows, more: rows.length === most }
      })
      if (!found || found.rows.length === 0) return found && { told: [], at: found.end, left: 0 }
      await nextTurn()
      return read(() => pageOf(found, say, codec))
    },
  }
}

const positionOf = ({ sequence, mark }: PositionRow): Position => ({ sequence, id: `${sequence}-${mark}` })

/** The place called `id`; undefined where it is none. */
function placeOf(id: string, say: Statements): Position | undefined {
  const [, sequence] = /^([1-9]\d{0,14})-[0-9a-f]{8}$/.exec(id) ?? []
  if (sequence === undefined) return undefined
  const row = say.toldAt.get(Number(sequence)) as PositionRow | undefined
  const place = row && positionOf(row)
  return place?.id === id ? place : undefined
}

/** What was told of after a place and up to another, everywhere or at some sites: the first of it, without the revisions. */
function rowsBetween(place: Position, end: Position, most: number, sites: ReadonlySet<SiteCode> | undefined, say: Statements): FeedRow[] {
  const span = { after: place.sequence, last: end.sequence }
  const first = (rows: Iterable<unknown>) => pieceOf(rows as Iterable<FeedRow>, () => 0, most)
  if (!sites) return first(say.toldAfter.iterate(span))
  const rows = new Map<number, FeedRow>()
  // What leaves a site concerns it too.
  for (const statement of [say.toldOfSite, say.toldOfFormerSite]) {
    for (const site of sites) for (const row of first(statement.iterate({ ...span, site }))) rows.set(row.sequence, row)
  }
  return [...rows.values()].toSorted((a, b) => a.sequence - b.sequence).slice(0, most)
}

interface Found {
  readonly rows: readonly FeedRow[]
  /** Where the feed ended. */
  readonly end: Position
  /** Whether there may be others before that. */
  readonly more: boolean
}

function pageOf({ rows, end, more }: Found, say: Statements, codec: Codec): Page {
  const piece = pieceOf(revisionsAt(rows, say), ({ revision }) => sizeOfRevision(revision))
  const left = rows.length - piece.length
  const last = piece.at(-1)
  return { told: piece.flatMap((one) => toldOf(one, codec)), at: (left > 0 || more) && last ? positionOf(last.row) : end, left }
}

/** Nothing of a revision whose text is damaged: nobody would ever come past it. */
function toldOf({ row, revision }: { readonly row: FeedRow; readonly revision: RevisionRow }, codec: Codec): Told[] {
  try {
    return [{ ...positionOf(row), revision: revisionOf(revision, codec) }]
  } catch (error) {
    if (error instanceof Failure) return []
    throw error
  }
}

function* revisionsAt(rows: readonly FeedRow[], say: Statements) {
  for (const row of rows) yield { row, revision: say.revision.get(row.event_id, row.number) as RevisionRow }
}
