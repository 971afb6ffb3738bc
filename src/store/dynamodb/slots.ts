import type { ReservationId } from '../../domain/reservation.ts'
import { nextTurn, PIECE } from '../../pace.ts'
import { slotOf } from '../slot.ts'
import type { Slot } from '../store.ts'
import type { Item } from './attributes.ts'
import { eachLookedUp, type Reading } from './by-id.ts'
import { idOfHistory, isOurs, revisionKey } from './keys.ts'
import { REST, type Row } from './rows.ts'

/** What a slot is read from: a project's id that DynamoDB would not keep is in the rest. */
const ATTRIBUTES = ['event_id', 'start', 'end', 'site', 'project_id', REST]
/** What it takes to read a row, as if it were so many bytes. */
const A_ROW = 5000

interface Keyed extends Slot {
  readonly key: string
}

/** The slots under each of many ids, and surely none where there is none. */
export async function slotsUnder(ids: readonly ReservationId[], reading: Reading): Promise<Map<ReservationId, readonly Slot[]>> {
  const found = new Map<ReservationId, Keyed[]>()
  const add = ({ reservation, key }: Row) => {
    const others = found.get(reservation.id) ?? []
    found.set(reservation.id, together(others, { ...slotOf({ reservation }), key }))
  }
  await reading.requests.underEach(ids.filter((id) => !isOurs(id)), ATTRIBUTES, async (items) => {
    let spent = 0
    for (const item of items) {
      if (spent >= PIECE) [spent] = [0, await nextTurn()]
      reading.rowsOf([item]).forEach(add)
      spent += A_ROW + restOf(item)
    }
  })
  const slots = new Map<ReservationId, readonly Slot[]>([...found].map(([id, some]) => [id, some.toSorted(byStart).map(slotOf)]))
  for await (const [id, { rows }] of eachLookedUp(await begunAmong(ids.filter((id) => !isOurs(id) && !slots.has(id)), reading), reading)) slots.set(id, rows.map(slotOf))
  return new Map(ids.map((id) => [id, slots.get(id) ?? []]))
}

/** Those that have a history: one that is nowhere may just be on its way from one start to another. */
async function begunAmong(ids: readonly ReservationId[], { requests }: Reading): Promise<ReservationId[]> {
  const first = await requests.getAll(ids.map((id) => revisionKey(id, 1)), ['event_id', 'start'])
  return first.flatMap((item) => idOfHistory(item['event_id']?.S ?? '') ?? [])
}

/** Of rows under one id whose starts name the same instant in two ways, only the first counts. */
function together(others: readonly Keyed[], one: Keyed): Keyed[] {
  const same = others.find(({ reservation: { start } }) => start === one.reservation.start)
  if (same && same.key <= one.key) return [...others]
  return [...others.filter((other) => other !== same), one]
}

const byStart = (a: Slot, b: Slot) => a.reservation.start - b.reservation.start

const restOf = (item: Item): number => item[REST]?.S?.length ?? 0
