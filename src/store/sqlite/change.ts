import { Failure } from '../../domain/failure.ts'
import type { ReservationId, Stored } from '../../domain/reservation.ts'
import { PIECE } from '../../pace.ts'
import { LARGEST_DECODED } from '../long-lists.ts'
import type { Change, Codec, Decision, Outline, Part, Place, Standing, Store } from '../store.ts'
import { unlessBroken } from './broken.ts'
import type { Committer } from './committer.ts'
import { MOST_MEASURED, type Row } from './list-statements.ts'
import { inTurns, placesOf, textsThrough } from './lists.ts'
import { post } from './outbox.ts'
import { acrossOf, historyOf, listedOf, rowOf, standingUnder } from './rows.ts'
import type { Statements } from './statements.ts'

/** So many that stand around are looked at in a turn of the event loop that others share. */
const MOST_AT_ONCE = 500
/** So many are seen by one change. */
const MOST_SEEN = 10_000

/** What stands around takes longer to look at than one turn of the event loop. Nothing has been written yet. */
class Crowded extends Failure {
  constructor() {
    super('unavailable', 'The calendar is busy just now; please try again.')
  }
}

type Around = Pick<Standing, 'around' | 'complete'>

/**
 * Changes share a transaction with whatever else is asked for in the same turn of the event loop. One with much around
 * it has one of its own, over as many turns as that takes, and others wait.
 */
export function changer(say: Statements, commits: Committer, codec: Codec): Store['change'] {
  const named = (id: ReservationId) => standingUnder(id, say, codec)
  const nextRevision = (id: ReservationId) => (say.lastRevision.get(id) as number) + 1

  /** Inside the transaction that is open: nothing can move between what `decide` sees and what is written. */
  function decided<T>(decide: (standing: Standing) => Decision<T>, around: Around): T {
    const history = (id: ReservationId, part: Part = {}) => historyOf(id, part, say, codec)
    const largest = (id: ReservationId) => (say.largest.get({ id }) as number | null) ?? 0
    const { changes, answer } = decide({ named, history, largest, nextRevision, ...around })
    for (const change of changes) apply(change, nextRevision, say, codec)
    return answer
  }

  return async (scope, decide) => {
    try {
      return await commits(() => {
        assertFits(scope.named, say)
        return decided(decide, seenAtOnce(scope.around?.(named) ?? [], scope.enough, say, codec))
      })
    } catch (error) {
      if (!(error instanceof Crowded)) throw error
      return commits.alone(
        () => seenInPieces(scope.around?.(named) ?? [], say, codec),
        (around) => decided(decide, around),
      )
    }
  }
}

/** What is named together is changed in one turn of the event loop. @throws Failure `too_large`: fewer can be */
function assertFits(ids: readonly ReservationId[], say: Statements): void {
  if (ids.length < 2) return
  const size = say.sizeOfNamed.get(JSON.stringify(ids)) as number
  if (size > PIECE) throw new Failure('too_large', 'Error: that is more than can be changed at once')
}

/** @throws Crowded where it takes longer; Failure `too_large` where there is too much */
function seenAtOnce(places: readonly Place[], enough: number | undefined, say: Statements, codec: Codec): Around {
  const around: Stored[] = []
  let complete = true
  for (const { site, during, apart = null } of places) {
    const place = placesOf({ sites: [site], during })
    if ((say.countAround.get(place) as number) >= MOST_MEASURED) throw tooMany()
    const most = enough ?? MOST_AT_ONCE
    const found = firstOf(say.inTheWay.iterate({ ...place, apart }) as Iterable<Blocking>, most)
    if (!found.complete && enough === undefined) throw new Crowded()
    complete &&= found.complete
    around.push(...found.rows.map((row) => aroundOf(row, codec)))
  }
  return { around, complete }
}

/** The first of what is there: two at least, and after those no more than a piece. */
function firstOf(all: Iterable<Blocking>, most: number) {
  const rows: Blocking[] = []
  let size = 0
  for (const row of all) {
    if (rows.length >= most || (rows.length >= 2 && size >= PIECE)) return { rows, complete: false }
    rows.push(row)
    size += row.doc.length
  }
  return { rows, complete: true }
}

async function seenInPieces(places: readonly Place[], say: Statements, codec: Codec): Promise<Around> {
  const around: Stored[] = []
  let size = 0
  for (const { site, during, apart } of places) {
    for await (const piece of inTurns(textsThrough({ sites: [site], during }, undefined, say), async (question) => unlessBroken(question))) {
      for (const row of piece) {
        const { text, observer, kind } = row
        if (observer === apart && kind !== 'maintenance') continue
        size += Buffer.byteLength(text)
        if (around.length >= MOST_SEEN || size > LARGEST_DECODED) throw tooMany()
        around.push(aroundOf({ ...row, doc: text, site } as Blocking, codec))
      }
    }
  }
  return { around, complete: true }
}

/** What is known of a row without its text. */
type Blocking = Row & Outline

/** A text that is damaged frees no time: what decides who has a site is beside it too. */
function aroundOf(row: Blocking, codec: Codec): Stored {
  const { id, site, start, end, observer, kind, revision } = row
  const unknown = { creator: 'Observer', title: 'Observer', origin: 'ptr', resource: site, project: undefined, priority: 'standard', note: '', modified: start, extra: {} } as const
  return listedOf(row, codec)[0] ?? { reservation: { id, site, start, end, observer, kind, ...unknown }, revision }
}

const tooMany = () => new Failure('too_large', 'Error: there are too many reservations in that time; a shorter one may do')

function apply(change: Change, nextRevision: (id: ReservationId) => number, say: Statements, codec: Codec): void {
  const { before, after, at, by, via } = change
  const id = after?.id ?? before?.reservation.id
  if (id === undefined) throw new Error('A change without a reservation.')
  const number = nextRevision(id)
  const docBefore = before ? codec.encode(before.reservation) : null
  const docAfter = after ? codec.encode(after) : null
  if (before) say.remove.run(id, before.reservation.start)
  if (after && docAfter !== null) say.put.run(rowOf(after, docAfter, number, codec))
  say.record.run({ id, number, at, by, via, before: docBefore, after: docAfter, across: acrossOf(change.across) })
  const [site, formerSite] = [(after ?? before?.reservation)?.site, before?.reservation.site]
  say.tell.run({ id, number, site, formerSite: formerSite === site ? null : formerSite })
  for (const message of change.messages ?? []) post({ message, revision: number, writtenAt: at, attempts: 0, due: 0 }, say)
}
