import { inTheWay } from '../domain/conflict.ts'
import { livesIn } from '../domain/lineage.ts'
import { type Reservation, type ReservationId, type Revision, sameContent } from '../domain/reservation.ts'
import type { Standing } from '../store/store.ts'
import { placeOf } from './change.ts'
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
 */
export const importRow = (reservation: Reservation, { store, now, conflicts }: World): Promise<Imported> =>
  store.change<Imported>({ named: [reservation.id], around: () => [placeOf(reservation)] }, (standing) => {
    const known = knownAs(reservation, standing)
    if (known) return { changes: [], answer: { outcome: known, across: [] } }
    const overlapped = idsOf(inTheWay(reservation, standing.around))
    const made = overlapped.filter((id) => isMadeHere(standing.history(id)))
    if (made.length > 0 && conflicts === 'deny') return { changes: [], answer: { outcome: 'conflict', across: made } }
    const change = { after: reservation, at: now(), by: 'import', via: 'import', across: overlapped } as const
    return { changes: [change], answer: { outcome: 'imported', across: overlapped } }
  })

const idsOf = (rows: readonly { readonly reservation: Reservation }[]) => [...new Set(rows.map(({ reservation }) => reservation.id))]

/** What there is of a row already: undefined if it is new. */
function knownAs(row: Reservation, standing: Standing): Imported['outcome'] | undefined {
  const history = standing.history(row.id)
  const twin = standing.named(row.id).find(({ reservation }) => reservation.start === row.start)
  if (twin) {
    const known = [twin.reservation, ...history.flatMap(({ after }) => after ?? [])]
    return known.some((one) => sameContent(one, row)) ? 'already there' : 'differs'
  }
  const life = livesIn(history).find(({ starts }) => starts.has(row.start))
  if (life) return life.now === undefined ? 'deleted here' : 'already there'
  // The original let one id stand at two starts; an id that was given here is not for another reservation.
  return isMadeHere(history) ? 'differs' : undefined
}

/** A row without a history, or one that begins with what stood before, was taken over with its table. */
function isMadeHere([first]: readonly Revision[]): boolean {
  return first !== undefined && !first.before && first.via !== 'import'
}
