import type { ReservationId } from '../../domain/reservation.ts'
import { yieldToEventLoop, CHUNK_BYTES } from '../../concurrency.ts'
import { slotOf } from '../slot.ts'
import type { Slot } from '../port.ts'
import type { Item } from './attributes.ts'
import { eachLookedUp, type ReadContext } from './by-id.ts'
import { idOfHistory, isReservedKey, revisionKey } from './items.ts'
import { EXTRA_FIELDS, type Row } from './rows.ts'

/** What a slot is read from: a project's id that DynamoDB would not keep is in the rest. */
const ATTRIBUTES = ['event_id', 'start', 'end', 'site', 'project_id', EXTRA_FIELDS]
/** What it takes to read a row, as if it were so many bytes. */
const ROW_COST = 5000

interface KeyedSlot extends Slot {
  readonly key: string
}

/** The slots under each of many ids, and surely none where there is none. */
export async function slotsUnder(ids: readonly ReservationId[], reading: ReadContext): Promise<Map<ReservationId, readonly Slot[]>> {
  const found = new Map<ReservationId, KeyedSlot[]>()
  const add = ({ reservation, key }: Row) => {
    const others = found.get(reservation.id) ?? []
    found.set(reservation.id, mergeDuplicates(others, { ...slotOf({ reservation }), key }))
  }
  await reading.requests.underEach(ids.filter((id) => !isReservedKey(id)), ATTRIBUTES, async (items) => {
    let spent = 0
    for (const item of items) {
      if (spent >= CHUNK_BYTES) [spent] = [0, await yieldToEventLoop()]
      reading.rowsOf([item]).forEach(add)
      spent += ROW_COST + restOf(item)
    }
  })
  const slots = new Map<ReservationId, readonly Slot[]>([...found].map(([id, batch]) => [id, batch.toSorted(byStart).map(slotOf)]))
  for await (const [id, { rows }] of eachLookedUp(await withHistory(ids.filter((id) => !isReservedKey(id) && !slots.has(id)), reading), reading)) slots.set(id, rows.map(slotOf))
  return new Map(ids.map((id) => [id, slots.get(id) ?? []]))
}

/** Those that have a history: one that is nowhere may just be on its way from one start to another. */
async function withHistory(ids: readonly ReservationId[], { requests }: ReadContext): Promise<ReservationId[]> {
  const first = await requests.getAll(ids.map((id) => revisionKey(id, 1)), ['event_id', 'start'])
  return first.flatMap((item) => idOfHistory(item['event_id']?.S ?? '') ?? [])
}

/** Of rows under one id whose starts name the same instant in two ways, only the first counts. */
function mergeDuplicates(others: readonly KeyedSlot[], one: KeyedSlot): KeyedSlot[] {
  const same = others.find(({ reservation: { start } }) => start === one.reservation.start)
  if (same && same.key <= one.key) return [...others]
  return [...others.filter((other) => other !== same), one]
}

const byStart = (a: Slot, b: Slot) => a.reservation.start - b.reservation.start

const restOf = (item: Item): number => item[EXTRA_FIELDS]?.S?.length ?? 0
