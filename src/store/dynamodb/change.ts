import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../domain/failure.ts'
import type { ReservationId, Stored } from '../../domain/reservation.ts'
import type { Change, Decision, Place, Scope, Standing } from '../store.ts'
import { type Draft, draft, type Drafting } from './draft.ts'
import { daysOf, isBounded, isShort, type Key, monthsOf, nameOf, sheetsOf } from './keys.ts'
import { historyUnder, largestUnder, lookUpAll } from './by-id.ts'
import { nextTurn, PIECE } from '../../pace.ts'
import { LARGEST_LIST } from '../long-lists.ts'
import { rowsAt } from './listing.ts'
import { entriesOf } from './named.ts'
import { inBatches } from './requests.ts'
import { silent } from './answering.ts'
import { type Fate, fateOf, isThere } from './fate.ts'
import type { Guards, Named, Seen } from './plan.ts'
import { byStart, type Row, type RowReader, storedOf } from './rows.ts'
import { type Entry, guardedSheets, siteSheets } from './sheets.ts'
import type { Turn } from './turns.ts'
import { momentOf, overlaps } from '../../domain/interval.ts'

export interface Changing extends Drafting {
  readonly rowsOf: RowReader
  readonly newToken: () => string
  readonly chance: () => number
  readonly turnAt: (neighbourhood: string) => Turn
  readonly patience?: number | undefined
}

/** So many that stand around are seen by one change, and so many are read at a time. */
const MOST_SEEN = 10_000
const SEEN_AT_ONCE = 250

/** How long, in milliseconds, a change is tried for while others are in its way, and pauses between two tries. */
const PATIENCE_MS = 15_000
const SHORTEST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 400

/**
 * Decides on what stands, and commits under the condition that none of it has moved: in one `TransactWriteItems`, or
 * not at all. Where it has moved, that is told apart from there being no answer, and decided again.
 */
export async function changeIn<T>(scope: Scope, decide: (standing: Standing) => Decision<T>, changing: Changing): Promise<T> {
  const { patience = PATIENCE_MS, chance } = changing
  const deadline = performance.now() + patience
  const doubtful: Doubtful<T>[] = []
  for (let tries = 1; ; tries += 1) {
    const settled = await attempt({ scope, decide, deadline }, doubtful, changing)
    if ('answer' in settled) return settled.answer
    if (performance.now() > deadline) return lastLook(doubtful, settled.moved, changing)
    await sleep(pauseAfter(tries, chance))
  }
}

/** Of what may have been committed after all it is asked once more. @throws Failure `unavailable` */
async function lastLook<T>(doubtful: readonly Doubtful<T>[], cause: unknown, { requests }: Changing): Promise<T> {
  for (const { mark, token, answer } of doubtful) if (await isThere(mark, token, requests)) return answer
  throw tooMany(cause)
}

const tooManyAround = () => new Failure('too_large', 'Error: there are too many reservations in that time; a shorter one may do')

/** Sheets that do not say what stands keep every change waiting, too. */
const tooMany = (cause?: unknown) =>
  new Failure('unavailable', 'Too many others are changing the same night just now; please try again.', [], { cause })

/** Longer from try to try, and never the same for two: who met once shall not meet again. */
const pauseAfter = (tries: number, chance: () => number) =>
  SHORTEST_PAUSE_MS + chance() * Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** tries)

interface Wish<T> {
  readonly scope: Scope
  readonly decide: (standing: Standing) => Decision<T>
  /** Until when to wait for others, by the monotonic clock. */
  readonly deadline: number
}

/** A transaction that was not committed, but may be yet. */
interface Doubtful<T> {
  readonly mark: Key
  readonly token: string
  readonly answer: T
}

/** `moved` is why it has to be tried again. */
type Attempt<T> = { readonly answer: T } | { readonly moved: unknown }

async function attempt<T>({ scope, decide, deadline }: Wish<T>, doubtful: Doubtful<T>[], changing: Changing): Promise<Attempt<T>> {
  const first = await look(scope, changing)
  if (!first) return { moved: undefined }
  const turn = changing.turnAt(first.neighbourhood)
  try {
    if (turn.others && !(await endsBefore(deadline, turn.others))) throw tooMany()
    const seen = turn.others ? await look(scope, changing) : first
    if (!seen) return { moved: undefined }
    // One that is committed after this was seen makes the next one fail, and is found then.
    for (const { mark, token, answer } of doubtful) if (await isThere(mark, token, changing.requests)) return { answer }
    const decision = await decided(decide, seen, changing)
    if (!decision) return { moved: undefined }
    const { changes, answer } = decision
    if (changes.length === 0) return { answer }
    const token = changing.newToken()
    const { writes, mark } = await draft(changes, { ...seen, guards: guardsOf(seen.places, changes) }, token, changing)
    if (performance.now() > deadline) return { moved: undefined }
    const { fate, error } = await commit(writes, mark, token, changing)
    if (fate === 'committed') return { answer }
    if (fate === 'doubtful') doubtful.push({ mark, token, answer })
    return { moved: error }
  } finally {
    turn.end()
  }
}

/** Whether something has come to its end by then. */
async function endsBefore(deadline: number, end: Promise<void>): Promise<boolean> {
  const ended = new AbortController()
  const late = sleep(Math.max(0, deadline - performance.now()), false, { signal: ended.signal }).catch(() => false)
  const inTime = await Promise.race([end.then(() => true), late])
  ended.abort()
  return inTime
}

/** @throws Failure `unavailable` when nobody can say what became of it */
async function commit(writes: Draft['writes'], mark: Key, token: string, { requests }: Changing): Promise<{ fate: Fate; error?: unknown }> {
  try {
    await requests.transact(writes, token)
    return { fate: 'committed' }
  } catch (error) {
    const fate = await fateOf(error, mark, token, requests)
    if (fate === 'unknown') throw silent(error)
    return { fate, error }
  }
}

/** What stands, and the places for which that was looked at. */
interface Looked extends Omit<Seen, 'guards'> {
  /** Where it is about: the site and month of its first place, or else of the first row it names. Others there share sheets with it. */
  readonly neighbourhood: string
  readonly places: readonly Place[]
  readonly around: readonly Stored[]
  readonly complete: boolean
}

/** All that a scope names; undefined where something moved while it was read. */
async function look(scope: Scope, changing: Changing): Promise<Looked | undefined> {
  const ids = [...new Set(scope.named)]
  const named = await lookUpAll(ids, changing)
  // Who wants no time at all, or time that runs backwards, is told so by the rules.
  const places = (scope.around?.((id) => rowsOf(named, id)) ?? []).filter(({ during }) => during.start < during.end)
  const sheets = await Promise.all(places.map((place) => sheetsAt(place, changing)))
  if (sheets.includes(undefined)) return undefined
  const all = sheets.flatMap((some) => some ?? [])
  const entries = (await entriesOf(all)).filter((entry) => places.some(({ during }) => overlaps(entry, during)))
  if (entries.length > MOST_SEEN) throw tooManyAround()
  // What came after its id was looked up must not be taken for another's: an earlier sending of this very change, say.
  const isAsNamed = ({ id, key, revision }: Entry) => named.get(id)?.rows.some((row) => row.key === key && row.revision === revision) ?? true
  if (!entries.every(isAsNamed)) return undefined
  const seen = await seenOf(entries, places, scope.enough, changing)
  if (!seen) return undefined
  return { neighbourhood: neighbourhoodOf(places[0], named.get(ids[0] ?? '')?.rows[0]), named, places, ...seen, sheets: new Map(all.map((sheet) => [nameOf(sheet.key), sheet])) }
}

function neighbourhoodOf(place: Place | undefined, row: Row | undefined): string {
  const [site, start] = place ? [place.site, place.during.start] : [row?.reservation.site, row?.reservation.start]
  return site === undefined || start === undefined ? '' : `${site} ${monthsOf(momentOf(start))[0]}`
}

/** The rows that entries name, as far as they are to be seen; undefined where one is no longer as its sheet says. */
async function seenOf(entries: readonly Entry[], places: readonly Place[], enough: number | undefined, changing: Changing): Promise<Pick<Looked, 'around' | 'complete'> | undefined> {
  const around: Row[] = []
  let [read, size] = [0, 0]
  for (const some of inBatches(entries, SEEN_AT_ONCE)) {
    if (read > 0) await nextTurn()
    const rows = await rowsAt(some, changing)
    if (!some.every(({ id, key, revision }) => rows.get(nameOf({ event_id: id, start: key }))?.revision === revision)) return undefined
    for (const row of rows.values()) {
      if (!places.some((place) => isSeen(row, place))) continue
      around.push(row)
      size += changing.codec.sizeOf(row.reservation)
    }
    read += some.length
    if (enough !== undefined && around.length >= (size >= PIECE ? 2 : Math.max(2, enough))) break
    if (size > LARGEST_LIST) throw tooManyAround()
  }
  return { around: around.toSorted(byStart).map(storedOf), complete: read === entries.length }
}

const isSeen = ({ reservation }: Row, { site, during, apart }: Place) =>
  reservation.site === site && overlaps(reservation, during) && (reservation.observer !== apart || reservation.kind === 'maintenance')

const sheetsAt = ({ site, during }: Place, { requests }: Changing) =>
  isShort(during) || !isBounded(during) ? siteSheets(site, during, requests) : guardedSheets(site, during, requests)

const rowsOf = (named: ReadonlyMap<ReservationId, Named>, id: ReservationId): readonly Stored[] => {
  const found = named.get(id)
  if (!found) throw new Error(`The change does not name ${id}.`)
  return found.rows.map(storedOf)
}

/** The sheets that may not change before the commit. A place of many days is guarded by the tallies of its months. */
function guardsOf(places: readonly Place[], changes: readonly Change[]): Guards {
  const guards: Guards = new Map()
  for (const { site, during } of places) {
    const short = isShort(during)
    if (!short && !isBounded(during)) {
      // A row of the original may be so long, and be given a note: that takes no time from anybody.
      if (changes.some(claims)) throw new Failure('too_large', 'Error: the event is too long for this store')
      continue
    }
    const keyed = (start: string) => ({ event_id: sheetsOf(site), start })
    for (const key of short ? daysOf(during).map(keyed) : []) guards.set(nameOf(key), { key, tally: false })
    for (const key of monthsOf(during).map(keyed)) {
      guards.set(nameOf(key), { key, tally: !short || (guards.get(nameOf(key))?.tally ?? false) })
    }
  }
  return guards
}

const claims = ({ before, after }: Change) =>
  after !== undefined && (after.site !== before?.reservation.site || after.start !== before.reservation.start || after.end !== before.reservation.end)

/** What `decide` wants to know and has not been read yet. */
class Wanted {
  readonly name: string
  readonly read: () => Promise<unknown>

  constructor(name: string, read: () => Promise<unknown>) {
    this.name = name
    this.read = read
  }
}

/**
 * `decide` cannot wait, so what it asks for of a history is read, and it is asked again: it is pure.
 * @returns undefined where that history is longer than it was
 */
async function decided<T>(decide: (standing: Standing) => Decision<T>, { named, around, complete }: Looked, changing: Changing): Promise<Decision<T> | undefined> {
  const answers = new Map<string, unknown>()
  const answerTo = <A>(name: string, read: () => Promise<A>): A => {
    if (!answers.has(name)) throw new Wanted(name, read)
    return answers.get(name) as A
  }
  let moved = false
  const standing: Standing = {
    named: (id) => rowsOf(named, id),
    around,
    complete,
    nextRevision: (id) => (named.get(id)?.last ?? 0) + 1,
    history(id, part = {}) {
      const history = answerTo(JSON.stringify([id, part]), () => historyUnder(id, part, changing))
      moved ||= (history.at(-1)?.number ?? 0) > (named.get(id)?.last ?? Infinity)
      return history
    },
    largest(id) {
      const known = named.get(id)
      const sizes = known?.rows.map(({ reservation }) => changing.codec.sizeOf(reservation)) ?? []
      return Math.max(known?.largest ?? answerTo(`largest ${id}`, () => largestUnder(id, changing)), ...sizes)
    },
  }
  for (;;) {
    try {
      const decision = decide(standing)
      return moved ? undefined : decision
    } catch (error) {
      if (error instanceof Wanted) answers.set(error.name, await error.read())
      else if (moved) return undefined
      else throw error
    }
  }
}
