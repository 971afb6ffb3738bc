import { inTheWay } from '../domain/conflict.ts'
import { isMadeHere } from '../domain/lineage.ts'
import { type Reservation, type ReservationId, sameContent } from '../domain/reservation.ts'
import type { Decision, Standing } from '../store/store.ts'
import { placeOf } from './change.ts'
import { type Past, pastNow, readPast } from './past.ts'
import type { World } from './world.ts'

/** What became of a row of an export. Only of `imported` ones is anything written. */
export interface Imported {
  readonly outcome:
    | 'imported'
    /** From an earlier import, as it was or as it has been amended or moved here since. */
    | 'already there'
    /** Its id, or its id and start, belong to something else here. */
    | 'differs'
    | 'deleted here'
    /** It would double-book what was made here. */
    | 'conflict'
  /** What an imported row overlaps, as it did in the original; or what was made here and is in the way of one that was not. */
  readonly across: readonly ReservationId[]
}

/**
 * Takes over one row of the original. Nothing that is here is ever overwritten, so that an import may be repeated.
 * Rows may overlap each other as they did in the original, which is kept and recorded; a reservation made here they
 * may not, unless the policy lets everything through. The projects service knows of these already and is told nothing.
 * A row may be larger than an event may be that is made here: what was taken over stays readable.
 */
export async function importRow(row: Reservation, world: World): Promise<Imported> {
  let known: Known = { upTo: 0, lives: [], same: false }
  for (;;) {
    const scope = { named: [row.id], around: () => [placeOf(row)] }
    const outcome = await world.store.change(scope, (standing) => imported(row, known, standing, world))
    if (outcome) return outcome
    let same = false
    const past = await readPast(row.id, world.store, ({ after }) => void (same ||= after !== undefined && sameContent(after, row)))
    known = { ...past, same }
  }
}

/** What is known beforehand of a row's id, and whether the row has ever stood as it is. */
interface Known extends Past {
  readonly same: boolean
}

/** Undefined where the past that has been read beforehand does not say it. */
function imported(row: Reservation, known: Known, standing: Standing, { now, conflicts }: World): Decision<Imported | undefined> {
  const past = pastNow(row.id, known, standing)
  // An id whose past has come meanwhile, or was not asked for yet, since it hardly ever has any.
  if (!past || past.upTo > known.upTo) return { changes: [], answer: undefined }
  const twin = knownAs(row, known, standing)
  if (twin) return { changes: [], answer: { outcome: twin, across: [] } }
  const overlapped = idsOf(inTheWay(row, standing.around))
  const made = overlapped.filter((id) => isMadeHere(standing.history(id, { most: 1 })[0]))
  if (made.length > 0 && conflicts === 'deny') return { changes: [], answer: { outcome: 'conflict', across: made } }
  const change = { after: row, at: now(), by: 'import', via: 'import', across: overlapped } as const
  return { changes: [change], answer: { outcome: 'imported', across: overlapped } }
}

const idsOf = (rows: readonly { readonly reservation: Reservation }[]) => [...new Set(rows.map(({ reservation }) => reservation.id))]

/** What there is of a row already: undefined if it is new. */
function knownAs(row: Reservation, { lives, same }: Known, standing: Standing): Imported['outcome'] | undefined {
  const twin = standing.named(row.id).find(({ reservation }) => reservation.start === row.start)
  if (twin) return same || sameContent(twin.reservation, row) ? 'already there' : 'differs'
  const life = lives.find(({ starts }) => starts.has(row.start))
  if (life) return life.now === undefined ? 'deleted here' : 'already there'
  // The original let one id stand at two starts; an id that was given here is not for another reservation.
  return isMadeHere(standing.history(row.id, { most: 1 })[0]) ? 'differs' : undefined
}
