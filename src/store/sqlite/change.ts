import { Failure } from '../../domain/failure.ts'
import type { ReservationId, Stored } from '../../domain/reservation.ts'
import { CHUNK_BYTES } from '../../concurrency.ts'
import { MAX_DECODED_BYTES } from '../long-lists.ts'
import type { Change, Codec, Decision, Outline, HistoryRange, SiteWindow, Snapshot, Store } from '../port.ts'
import { asUnavailable } from './errors.ts'
import type { GroupCommit } from './group-commit.ts'
import { MAX_MEASURED, type Row } from './list-statements.ts'
import { chunkPerTurn, siteParams, streamTexts } from './lists.ts'
import { insertMessage } from './outbox.ts'
import { encodeOverlapping, revisionsUnder, decodeListed, rowOf, storedUnder } from './rows.ts'
import type { Statements } from './statements.ts'

/** So many that stand around are looked at in a turn of the event loop that others share. */
const MAX_PER_TURN = 500
/** So many are seen by one change. */
const MAX_OVERLAPPING = 10_000

/** What stands around takes longer to look at than one turn of the event loop. Nothing has been written yet. */
class NeedsExclusive extends Failure {
  constructor() {
    super('unavailable', 'The calendar is busy just now; please try again.')
  }
}

type Overlapping = Pick<Snapshot, 'overlapping' | 'isComplete'>

/**
 * Changes share a transaction with whatever else is asked for in the same turn of the event loop. One with much around
 * it has one of its own, over as many turns as that takes, and others wait.
 */
export function openChange(sql: Statements, commits: GroupCommit, codec: Codec): Store['change'] {
  const rows = (id: ReservationId) => storedUnder(id, sql, codec)
  const nextRevision = (id: ReservationId) => (sql.lastRevision.get(id) as number) + 1

  /** Inside the transaction that is open: nothing can move between what `decide` sees and what is written. */
  function runDecide<T>(decide: (snapshot: Snapshot) => Decision<T>, overlapping: Overlapping): T {
    const history = (id: ReservationId, range: HistoryRange = {}) => revisionsUnder(id, range, sql, codec)
    const largestSize = (id: ReservationId) => (sql.largest.get({ id }) as number | null) ?? 0
    const { changes, answer } = decide({ rows, history, largestSize, nextRevision, ...overlapping })
    for (const change of changes) writeChange(change, nextRevision, sql, codec)
    return answer
  }

  return async (scope, decide) => {
    try {
      return await commits(() => {
        assertFits(scope.ids, sql)
        return runDecide(decide, loadOverlapping(scope.windows?.(rows) ?? [], scope.limit, sql, codec))
      })
    } catch (error) {
      if (!(error instanceof NeedsExclusive)) throw error
      return commits.exclusive(
        () => loadOverlappingInChunks(scope.windows?.(rows) ?? [], sql, codec),
        (overlapping) => runDecide(decide, overlapping),
      )
    }
  }
}

/** What is named together is changed in one turn of the event loop. @throws Failure `too_large`: fewer can be */
function assertFits(ids: readonly ReservationId[], sql: Statements): void {
  if (ids.length < 2) return
  const size = sql.sizeOfNamed.get(JSON.stringify(ids)) as number
  if (size > CHUNK_BYTES) throw new Failure('too_large', 'Error: that is more than can be changed at once')
}

/** @throws NeedsExclusive where it takes longer; Failure `too_large` where there is too much */
function loadOverlapping(windows: readonly SiteWindow[], limit: number | undefined, sql: Statements, codec: Codec): Overlapping {
  const overlapping: Stored[] = []
  let isComplete = true
  for (const { site, during, exceptObserver = null } of windows) {
    const params = siteParams({ sites: [site], during })
    if ((sql.countAround.get(params) as number) >= MAX_MEASURED) throw tooManyOverlapping()
    const max = limit ?? MAX_PER_TURN
    const found = takeFirst(sql.inTheWay.iterate({ ...params, apart: exceptObserver }) as Iterable<OverlappingRow>, max)
    if (!found.complete && limit === undefined) throw new NeedsExclusive()
    isComplete &&= found.complete
    overlapping.push(...found.rows.map((row) => storedOf(row, codec)))
  }
  return { overlapping, isComplete }
}

/** The first of what is there: two at least, and after those no more than a piece. */
function takeFirst(all: Iterable<OverlappingRow>, max: number) {
  const rows: OverlappingRow[] = []
  let size = 0
  for (const row of all) {
    if (rows.length >= max || (rows.length >= 2 && size >= CHUNK_BYTES)) return { rows, complete: false }
    rows.push(row)
    size += row.doc.length
  }
  return { rows, complete: true }
}

async function loadOverlappingInChunks(windows: readonly SiteWindow[], sql: Statements, codec: Codec): Promise<Overlapping> {
  const overlapping: Stored[] = []
  let size = 0
  for (const { site, during, exceptObserver } of windows) {
    for await (const chunk of chunkPerTurn(streamTexts({ sites: [site], during }, undefined, sql), async (question) => asUnavailable(question))) {
      for (const row of chunk) {
        const { text, observer, kind } = row
        if (observer === exceptObserver && kind !== 'maintenance') continue
        size += Buffer.byteLength(text)
        if (overlapping.length >= MAX_OVERLAPPING || size > MAX_DECODED_BYTES) throw tooManyOverlapping()
        overlapping.push(storedOf({ ...row, doc: text, site } as OverlappingRow, codec))
      }
    }
  }
  return { overlapping, isComplete: true }
}

/** What is known of a row without its text. */
type OverlappingRow = Row & Outline

/** A text that is damaged frees no time: what decides who has a site is beside it too. */
function storedOf(row: OverlappingRow, codec: Codec): Stored {
  const { id, site, start, end, observer, kind, revision } = row
  const placeholders = { creator: 'Observer', title: 'Observer', origin: 'ptr', resource: site, project: undefined, priority: 'standard', note: '', modified: start, extra: {} } as const
  return decodeListed(row, codec)[0] ?? { reservation: { id, site, start, end, observer, kind, ...placeholders }, revision }
}

const tooManyOverlapping = () => new Failure('too_large', 'Error: there are too many reservations in that time; a shorter one may do')

function writeChange(change: Change, nextRevision: (id: ReservationId) => number, sql: Statements, codec: Codec): void {
  const { before, after, at, by, via } = change
  const id = after?.id ?? before?.reservation.id
  if (id === undefined) throw new Error('A change without a reservation.')
  const number = nextRevision(id)
  const docBefore = before ? codec.encode(before.reservation) : null
  const docAfter = after ? codec.encode(after) : null
  if (before) sql.remove.run(id, before.reservation.start)
  if (after && docAfter !== null) sql.put.run(rowOf(after, docAfter, number, codec))
  sql.record.run({ id, number, at, by, via, before: docBefore, after: docAfter, across: encodeOverlapping(change.overlapping) })
  const [site, formerSite] = [(after ?? before?.reservation)?.site, before?.reservation.site]
  sql.tell.run({ id, number, site, formerSite: formerSite === site ? null : formerSite })
  for (const message of change.messages ?? []) insertMessage({ message, revision: number, writtenAt: at, attempts: 0, due: 0 }, sql)
}
