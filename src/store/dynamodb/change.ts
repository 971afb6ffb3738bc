import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../domain/failure.ts'
import type { ReservationId, Revision, Stored } from '../../domain/reservation.ts'
import type { Decision, Place, Scope, Standing } from '../store.ts'
import { type Draft, draft, type Drafting, type Guards, type Named, type Seen } from './draft.ts'
import { daysOf, historyOf, isBounded, isOurs, isShort, type Key, monthsOf, nameOf, sheetsOf } from './keys.ts'
import { entriesOf, rowsAt, rowsUnder } from './listing.ts'
import { silent } from './answering.ts'
import { type Fate, fateOf, isThere } from './fate.ts'
import { byStart, recordedOf, type Recorded, type RowReader, storedOf, told } from './rows.ts'
import { siteSheets } from './sheets.ts'
import type { Turn } from './turns.ts'
import { overlaps } from '../../domain/interval.ts'

export interface Changing extends Drafting {
  readonly rowsOf: RowReader
  readonly newToken: () => string
  readonly chance: () => number
  readonly turnAt: (site: string) => Turn
  readonly patience?: number | undefined
}

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
    if (performance.now() > deadline) throw tooMany(settled.moved)
    await sleep(pauseAfter(tries, chance))
  }
}

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
  const turn = changing.turnAt(first.site)
  try {
    if (turn.others && !(await endsBefore(deadline, turn.others))) throw tooMany()
    const seen = turn.others ? await look(scope, changing) : first
    if (!seen) return { moved: undefined }
    // One that is committed after this was seen makes the next one fail, and is found then.
    for (const { mark, token, answer } of doubtful) if (await isThere(mark, token, changing.requests)) return { answer }
    const { changes, answer } = await decided(decide, seen, changing)
    if (changes.length === 0) return { answer }
    const token = changing.newToken()
    const { writes, mark } = await draft(changes, { ...seen, guards: guardsOf(seen.places) }, token, changing)
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
  /** Where it is about: the site of its first place, or else its first id. */
  readonly site: string
  readonly places: readonly Place[]
  readonly around: readonly Stored[]
}

/** All that a scope names; undefined where something moved while it was read. */
async function look(scope: Scope, changing: Changing): Promise<Looked | undefined> {
  const ids = [...new Set(scope.named)]
  if (ids.some(isOurs)) throw new Failure('malformed', 'Error: event_id must not begin with calendar#')
  const named = new Map(await Promise.all(ids.map(async (id) => [id, await lookUp(id, changing)] as const)))
  // Who wants no time at all, or time that runs backwards, is told so by the rules.
  const places = (scope.around?.((id) => rowsOf(named, id)) ?? []).filter(({ during }) => during.start < during.end)
  const sheets = (await Promise.all(places.map(({ site, during }) => siteSheets(site, during, changing.requests)))).flat()
  const entries = entriesOf(sheets).filter((entry) => places.some(({ during }) => overlaps(entry, during)))
  const fetched = await rowsAt(entries, changing)
  const rows = [...fetched.values()]
  const areAsNamed = rows.length === entries.length && entries.every(({ id, key, revision }) => fetched.get(nameOf({ event_id: id, start: key }))?.revision === revision)
  if (!areAsNamed) return undefined
  const around = rows.filter(({ reservation }) => places.some(({ site, during }) => reservation.site === site && overlaps(reservation, during)))
  const site = places[0]?.site ?? ids[0] ?? ''
  return { site, named, around: around.toSorted(byStart).map(storedOf), places, sheets: new Map(sheets.map((sheet) => [nameOf(sheet.key), sheet])) }
}

/** The last revision is read first: whatever changes the rows after that makes another, and the commit fails. */
async function lookUp(id: ReservationId, changing: Changing): Promise<Named> {
  const [last] = await lastRevisions(id, changing)
  const rows = (await rowsUnder([id], changing)).toSorted(byStart)
  return { rows, last: last?.number ?? 0, letter: last?.letter ?? 0 }
}

async function lastRevisions(id: ReservationId, { requests, codec }: Changing): Promise<Recorded[]> {
  const search = { ...revisionsOf(id), ScanIndexForward: false, Limit: 1 }
  for await (const items of requests.pagesOf(search)) return items.map((item) => recordedOf(item, codec))
  return []
}

export const revisionsOf = (id: ReservationId) => ({
  KeyConditionExpression: 'event_id = :id',
  ExpressionAttributeValues: { ':id': { S: historyOf(id) } },
})

const rowsOf = (named: ReadonlyMap<ReservationId, Named>, id: ReservationId): readonly Stored[] => {
  const found = named.get(id)
  if (!found) throw new Error(`The change does not name ${id}.`)
  return found.rows.map(storedOf)
}

/** The sheets that may not change before the commit. A place of many days is guarded by the tallies of its months. */
function guardsOf(places: readonly Place[]): Guards {
  const guards: Guards = new Map()
  for (const { site, during } of places) {
    const short = isShort(during)
    if (!short && !isBounded(during)) throw new Failure('too_large', 'Error: the event is too long for this store')
    const keyed = (start: string) => ({ event_id: sheetsOf(site), start })
    for (const key of short ? daysOf(during).map(keyed) : []) guards.set(nameOf(key), { key, tally: false })
    for (const key of monthsOf(during).map(keyed)) {
      guards.set(nameOf(key), { key, tally: !short || (guards.get(nameOf(key))?.tally ?? false) })
    }
  }
  return guards
}

/** What `decide` wants to know of a history that has not been read yet. */
class Wanted {
  constructor(readonly id: ReservationId) {}
}

/** `decide` cannot wait, so what history it asks for is read, and it is asked again: it is pure. */
async function decided<T>(decide: (standing: Standing) => Decision<T>, { named, around }: Looked, changing: Changing): Promise<Decision<T>> {
  const histories = new Map<ReservationId, readonly Revision[]>()
  const standing: Standing = {
    named: (id) => rowsOf(named, id),
    around,
    nextRevision: (id) => (named.get(id)?.last ?? 0) + 1,
    history(id) {
      const known = histories.get(id)
      if (!known) throw new Wanted(id)
      return known
    },
  }
  for (;;) {
    try {
      return decide(standing)
    } catch (error) {
      if (!(error instanceof Wanted)) throw error
      histories.set(error.id, await historyUnder(error.id, changing))
    }
  }
}

export async function historyUnder(id: ReservationId, { requests, codec }: Pick<Changing, 'requests' | 'codec'>): Promise<Revision[]> {
  return (await requests.query(revisionsOf(id))).map((item) => told(recordedOf(item, codec)))
}
