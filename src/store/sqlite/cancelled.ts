import type { Instant } from '../../domain/interval.ts'
import { firstStartIn, type Lineage } from '../../domain/lineage.ts'
import { isReservedId } from '../../domain/observer.ts'
import type { Reservation, Revision } from '../../domain/reservation.ts'
import { yieldToEventLoop } from '../../concurrency.ts'
import type { Cancelled, Change, Codec, Store } from '../port.ts'
import type { GuardedRead } from './file-guard.ts'
import { decoded } from './rows.ts'
import type { Statements } from './statements.ts'

/** The first start of a row that is there, or of a deleted one that a change restores; by default its start. */
function firstStartOf({ id, start }: Pick<Reservation, 'id' | 'start'>, isThere: boolean, sql: Statements): Instant {
  const known = isThere ? sql.firstStart.get(id, start) : sql.lastCancelled.get({ id, start })
  return (known as Instant | undefined) ?? start
}

/**
 * Keeps the cancelled reservations up to date with a change, before it is written.
 * @param subject the reservation that it creates, changes or deletes
 * @returns its first start
 */
export function recordChange(change: Change, subject: Reservation, number: number, sql: Statements): Instant {
  const firstStart = firstStartOf(change.before?.reservation ?? subject, change.before !== undefined, sql)
  recordCancelled(change, number, firstStart, sql)
  return firstStart
}

/** Adds what a change deletes to the cancelled reservations, and removes what it restores. */
function recordCancelled(
  { before, after, at }: Pick<Change, 'before' | 'after' | 'at'>,
  number: number,
  firstStart: Instant,
  sql: Statements,
): void {
  if (after) {
    if (!before && number > 1) sql.removeCancelled.run(after.id, firstStart)
    return
  }
  if (!before) return
  const { id, site, observer } = before.reservation
  sql.putCancelled.run({ id, firstStart, number, at, site, observer })
}

/** Adds the cancelled reservations of an archive entry: those whose last revision deleted them. */
export function recordCancelledOf(history: readonly Revision[], lineages: readonly Lineage[], sql: Statements): void {
  for (const lineage of lineages) {
    const last = history.find(({ number }) => number === Math.max(...lineage.revisions))
    if (!last?.before || last.after) continue
    const { at, before, number } = last
    recordCancelled({ at, before: { reservation: before, revision: 0 } }, number, firstStartIn(lineage), sql)
  }
}

type CancelledRow = Omit<Cancelled, 'reservation'> & { readonly id: string; readonly doc: string }

/** Rows that one turn of the event loop decodes. */
const ROWS_PER_TURN = 100

/** The store's cancelled reservations. */
export const openCancelled =
  (sql: Statements, read: GuardedRead, codec: Codec): Store['cancelled'] =>
  async (place, since) => {
    if ('observer' in place && isReservedId(place.observer)) return []
    const statement = 'site' in place ? sql.cancelledAt : sql.cancelledOf
    const rows = await read(() => statement.all({ ...place, since }) as CancelledRow[])
    const found: Cancelled[] = []
    for (const [n, { id, doc, ...rest }] of rows.entries()) {
      if (n % ROWS_PER_TURN === ROWS_PER_TURN - 1) await yieldToEventLoop()
      const reservation = decoded(doc, codec)
      if (reservation?.id === id) found.push({ ...rest, reservation: { ...reservation, note: '', extra: {} } })
    }
    return found
  }
