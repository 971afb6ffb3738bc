import { Failure } from '../../domain/failure.ts'
import type { Interval } from '../../domain/interval.ts'
import type { Reservation, ReservationId, Stored } from '../../domain/reservation.ts'
import type { SiteCode } from '../../domain/site.ts'
import { CHUNK_BYTES } from '../../concurrency.ts'
import { MAX_DECODED_BYTES } from '../long-lists.ts'
import { tooManyOfObservers, widestOf } from '../observer-windows.ts'
import { outlineOf } from '../outline.ts'
import {
  type Change,
  type Codec,
  type Decision,
  type HistoryRange,
  MAX_OF_OBSERVERS,
  type ObserverWindow,
  type Outline,
  type Scope,
  type SiteWindow,
  type Snapshot,
  type Store,
} from '../port.ts'
import { recordChange } from './cancelled.ts'
import { asUnavailable } from './errors.ts'
import type { GroupCommit } from './group-commit.ts'
import { MAX_MEASURED, type Row } from './list-statements.ts'
import { chunkPerTurn, siteParams, streamTexts } from './list-streams.ts'
import { insertMessage } from './outbox.ts'
import { encodeAllowed, revisionsUnder, decodeListed, rowOf, storedUnder } from './rows.ts'
import type { WrittenRow } from './site-image.ts'
import { CHANGES_PER_PRUNING, type Statements } from './statements.ts'

/** Overlapping reservations that a change may read within a shared transaction. */
const MAX_PER_TURN = 500
/** Overlapping reservations that a change may read at all. */
const MAX_OVERLAPPING = 10_000

/** A change has to read more than fits into one turn of the event loop. Nothing has been written yet. */
class NeedsExclusive extends Failure {
  constructor() {
    super('unavailable', 'The calendar is busy just now; please try again.')
  }
}

/** What a change has written, and its result. */
interface Decided<T> {
  readonly written: readonly DurableChange[]
  readonly answer: T
}

type Overlapping = Pick<Snapshot, 'overlapping' | 'isComplete'>
type RowsReader = (id: ReservationId) => Stored[]

/** A change that is on the disk, with the row that it has written, if any. */
export interface DurableChange extends Change {
  readonly row: WrittenRow | undefined
}

/** Called with the changes of one transaction: in commit order, when they are durable, and before anyone is answered. */
export type OnDurable = (changes: readonly DurableChange[]) => void

export interface ChangeOptions {
  readonly onDurable?: OnDurable
  /** How long entries of the feed are kept, in seconds; without it each is. */
  readonly keepFeedFor?: number | undefined
}

/**
 * Changes that come in a few turns of the event loop share a transaction. A change that overlaps many reservations runs in
 * its own transaction, over several turns, while the others wait.
 */
export function openChange(
  sql: Statements,
  commits: GroupCommit,
  codec: Codec,
  { onDurable = () => {}, keepFeedFor }: ChangeOptions = {},
): Store['change'] {
  const pruneFeed = openPruning(keepFeedFor, sql)

  /** Runs within the open transaction, so nothing can change between the snapshot and the writes. */
  function runDecide<T>(
    decide: (snapshot: Snapshot) => Decision<T>,
    { observers }: Scope,
    overlapping: Overlapping,
    rows = rowsReader(sql, codec),
  ): Decided<T> {
    const ofObservers = loadOutlines(observers?.(rows) ?? [], sql)
    const history = (id: ReservationId, range: HistoryRange = {}) => revisionsUnder(id, range, sql, codec)
    const largestSize = (id: ReservationId) => (sql.largestSize.get({ id }) as number | null) ?? 0
    const numbers = revisionNumbers(sql)
    const snapshot = { rows, history, largestSize, nextRevision: numbers.next, ...overlapping, ofObservers }
    const { changes, answer } = decide(snapshot)
    pruneFeed(changes)
    return { written: changes.map((change) => writeChange(change, numbers.take, sql, codec)), answer }
  }
  const announce = ({ written }: Decided<unknown>) => {
    if (written.length > 0) onDurable(written)
  }

  return async (scope, decide) => {
    const decided = () => {
      assertFits(scope.ids, sql)
      const rows = rowsReader(sql, codec)
      return runDecide(decide, scope, loadOverlapping(scope.windows?.(rows) ?? [], scope.limit, sql, codec), rows)
    }
    try {
      return (await commits(decided, announce)).answer
    } catch (error) {
      if (!(error instanceof NeedsExclusive)) throw error
      const load = () => loadOverlappingInChunks(scope.windows?.(rowsReader(sql, codec)) ?? [], sql, codec)
      return (await commits.exclusive(load, (overlapping) => runDecide(decide, scope, overlapping), announce)).answer
    }
  }
}

/** Reads the rows under each id once, for one look at the store: nothing changes them meanwhile. */
function rowsReader(sql: Statements, codec: Codec): RowsReader {
  const known = new Map<ReservationId, Stored[]>()
  return (id) => {
    const rows = known.get(id) ?? storedUnder(id, sql, codec)
    known.set(id, rows)
    return rows
  }
}

/** The numbers of the next revisions, each read once for a decision. */
function revisionNumbers(sql: Statements) {
  const known = new Map<ReservationId, number>()
  const next = (id: ReservationId, taken: 0 | 1 = 0) => {
    const number = known.get(id) ?? (sql.lastRevision.get(id) as number) + 1
    known.set(id, number + taken)
    return number
  }
  return { next: (id: ReservationId) => next(id), take: (id: ReservationId) => next(id, 1) }
}

/** The rows under all ids must fit into one turn of the event loop. @throws Failure `too_large` */
function assertFits(ids: readonly ReservationId[], sql: Statements): void {
  if (ids.length < 2) return
  const size = sql.sizeUnder.get(JSON.stringify(ids)) as number
  if (size > CHUNK_BYTES) throw new Failure('too_large', 'Error: that is more than can be changed at once')
}

/** @throws NeedsExclusive if it takes several turns of the event loop; Failure `too_large` */
function loadOverlapping(
  windows: readonly SiteWindow[],
  limit: number | undefined,
  sql: Statements,
  codec: Codec,
): Overlapping {
  const { rows, isComplete } = takeFirst(overlappingRows(windows, sql), limit ?? MAX_PER_TURN)
  if (!isComplete && limit === undefined) throw new NeedsExclusive()
  return { overlapping: rows.map((row) => storedOf(row, codec)), isComplete }
}

/** The rows of one window after the other. @throws Failure `too_large` if there are too many around a window */
function* overlappingRows(windows: readonly SiteWindow[], sql: Statements): Generator<OverlappingRow> {
  for (const { site, during, exceptObserver = null, onlyMaintenance = false } of windows) {
    if (isFree(site, during, sql)) continue
    yield* sql.overlappingExcept.iterate({
      ...siteParams({ sites: [site], during }),
      exceptObserver,
      onlyMaintenance: Number(onlyMaintenance),
    }) as Iterable<OverlappingRow>
  }
}

/**
 * Whether nothing overlaps a window. That is so for most changes, and costs less to find than to look for rows.
 * @throws Failure `too_large` if there are too many rows around it
 */
function isFree(site: SiteCode, { start, end }: Interval, sql: Statements): boolean {
  let [measured, latestEnd] = [0, start]
  for (let k: number | null = 0; k !== null;) {
    const found = sql.measureClasses.get({ site, k, start, end })
    const [count, lastOfClasses, next] = found as [number, number | null, number | null]
    measured += count
    if (measured >= MAX_MEASURED) throw tooManyOverlapping()
    latestEnd = Math.max(latestEnd, lastOfClasses ?? start)
    k = next
  }
  return latestEnd <= start
}

/** The first `max` rows, or fewer if those are more than a chunk, but at least two. */
function takeFirst(all: Iterable<OverlappingRow>, max: number) {
  const rows: OverlappingRow[] = []
  let size = 0
  for (const row of all) {
    if (rows.length >= max || (rows.length >= 2 && size >= CHUNK_BYTES)) return { rows, isComplete: false }
    rows.push(row)
    size += row.doc.length
  }
  return { rows, isComplete: true }
}

async function loadOverlappingInChunks(
  windows: readonly SiteWindow[],
  sql: Statements,
  codec: Codec,
): Promise<Overlapping> {
  const overlapping: Stored[] = []
  let size = 0
  for (const { site, during, exceptObserver, onlyMaintenance = false } of windows) {
    for await (const chunk of chunkPerTurn(streamTexts({ sites: [site], during }, undefined, sql), async (query) =>
      asUnavailable(query),
    )) {
      for (const row of chunk) {
        const { text, observer, kind } = row
        if ((onlyMaintenance || observer === exceptObserver) && kind !== 'maintenance') continue
        size += Buffer.byteLength(text)
        if (overlapping.length >= MAX_OVERLAPPING || size > MAX_DECODED_BYTES) throw tooManyOverlapping()
        overlapping.push(storedOf({ ...row, doc: text, site } as OverlappingRow, codec))
      }
    }
  }
  return { overlapping, isComplete: true }
}

/** A row with the columns beside its text. */
type OverlappingRow = Row & Outline

/** A row with a damaged text still blocks its time: the columns decide who has a site. */
function storedOf(row: OverlappingRow, codec: Codec): Stored {
  const placeholders = {
    creator: 'Observer',
    title: 'Observer',
    origin: 'ptr',
    resource: row.site,
    project: undefined,
    priority: 'standard',
    note: '',
    modified: row.start,
    extra: {},
  } as const
  return (
    decodeListed(row, codec)[0] ?? {
      reservation: { ...outlineOf(row), ...placeholders },
      revision: row.revision,
    }
  )
}

/** @throws Failure `too_large` */
function loadOutlines(windows: readonly ObserverWindow[], sql: Statements): Outline[] {
  const outlines: Outline[] = []
  for (const window of widestOf(windows)) {
    outlines.push(...(sql.outlinesOfObserver.all(window) as Outline[]))
    if (outlines.length > MAX_OF_OBSERVERS) throw tooManyOfObservers()
  }
  return outlines
}

const tooManyOverlapping = () =>
  new Failure('too_large', 'Error: there are too many reservations in that time; a shorter one may do')

/** Deletes entries of the feed that are too old, now and then. @param keepFor how long an entry is kept, in seconds; undefined: for ever */
function openPruning(keepFor: number | undefined, sql: Statements): (changes: readonly Change[]) => void {
  let changesSince = CHANGES_PER_PRUNING
  return (changes) => {
    const [first] = changes
    if (keepFor === undefined || !first) return
    changesSince += changes.length
    if (changesSince < CHANGES_PER_PRUNING) return
    changesSince = 0
    sql.pruneFeed.run(first.at - keepFor)
  }
}

function writeChange(
  change: Change,
  takeRevision: (id: ReservationId) => number,
  sql: Statements,
  codec: Codec,
): DurableChange {
  const { before, after, at, by, via } = change
  const subject = subjectOf(change)
  const { id, site } = subject
  const number = takeRevision(id)
  const firstStart = recordChange(change, subject, number, sql, codec)
  const row = after && rowOf(after, codec.encode(after), number, codec, firstStart)
  if (before) sql.remove.run(id, before.reservation.start)
  if (row) sql.put.run(row)
  sql.record.run({
    id,
    number,
    at,
    by,
    via,
    before: before ? codec.encode(before.reservation) : null,
    after: row?.doc ?? null,
    ...encodeAllowed(change),
  })
  sql.addToFeed.run({
    id,
    number,
    site,
    formerSite: formerSiteOf(change, site),
    at,
  })
  for (const message of change.messages ?? [])
    insertMessage({ message, revision: number, writtenAt: at, attempts: 0, due: 0 }, sql)
  return { ...change, row }
}

/** The site that a reservation leaves; null if it leaves none. */
const formerSiteOf = ({ before }: Change, site: SiteCode) =>
  before && before.reservation.site !== site ? before.reservation.site : null

function subjectOf({ before, after }: Change): Reservation {
  const subject = after ?? before?.reservation
  if (!subject) throw new Error('A change has neither before nor after.')
  return subject
}
