import { chunksOf, sortInChunks, yieldToEventLoop } from '../../concurrency.ts'
import { DAY, type Instant } from '../../domain/interval.ts'
import { type DeletedRow, firstStartIn } from '../../domain/lineage.ts'
import { isReservedId } from '../../domain/observer.ts'
import { isOfProgram, type Reservation } from '../../domain/reservation.ts'
import { attributesOf } from '../../wire/dynamo-json.ts'
import { type Cancelled, MAX_CANCELLED_SIZE, type RowCodec, type Store } from '../port.ts'
import { cancelledAt, EXPIRES, hashOf, type Item } from './items.ts'
import type { ItemWrite } from './item-write.ts'
import type { RecordedChange } from './recorded-changes.ts'
import { firstStartOf } from './rows.ts'
import type { TableContext } from './table.ts'

/*
 * A change that deletes reservations writes an item for each of their sites, and one for each of their observers, with
 * what calendar programs are shown of them. A change that restores one adds an entry there too. The newest entry counts. An
 * import writes the same items for what was deleted in the other store.
 */

/** How long DynamoDB keeps them, if its table has `expires` as its time to live. */
const KEPT_SECONDS = 40 * DAY

/** A larger reservation, which only the original has made, is not shown as cancelled: its item might not fit. */
const MAX_EVENT_SIZE = 10_000

/** An entry of an item, as JSON. */
interface Entry {
  readonly id: string
  readonly firstStart: Instant
  readonly revision: number
  readonly at: Instant
  /** The encoded reservation; missing if the revision restored it. */
  readonly event?: string
}

/** That a reservation was deleted, or restored. */
interface Mark {
  readonly reservation: Reservation
  readonly entry: Entry
}

/** The items that changes write: for those that neither delete nor restore, none. */
export const cancelledWrites = (changes: readonly RecordedChange[], token: string, codec: RowCodec): ItemWrite[] =>
  writesOf(
    changes.flatMap((recorded) => markOf(recorded, codec)),
    token,
    codec,
  )

/** The items of an import for what was deleted, unless that was too long ago: the same ones each time. */
export const deletedRowWrites = (rows: readonly DeletedRow[], { codec, now }: TableContext): ItemWrite[] =>
  rows
    .filter(({ at }) => now === undefined || at + KEPT_SECONDS > now())
    .flatMap((row) => writesOf(deletionOf(row, codec), hashOf([row.reservation.id, row.revision]), codec))

function markOf({ id, change, number: revision, before, restored }: RecordedChange, codec: RowCodec): readonly Mark[] {
  const { after, at } = change
  if (restored) return [{ reservation: restored.last, entry: { id, firstStart: firstStartIn(restored), revision, at } }]
  if (after || !before) return []
  return deletionOf({ reservation: before.reservation, firstStart: firstStartOf(before), revision, at }, codec)
}

function deletionOf({ reservation, ...rest }: DeletedRow, codec: RowCodec): readonly Mark[] {
  const event = codec.encode({ ...reservation, note: '', extra: {} })
  if (Buffer.byteLength(event) > MAX_EVENT_SIZE) return []
  return [{ reservation, entry: { id: reservation.id, ...rest, event } }]
}

function writesOf(marks: readonly Mark[], token: string, codec: RowCodec): ItemWrite[] {
  const placed = marks.flatMap(({ reservation, entry }) =>
    partitionsOf(reservation).map((partition) => ({ partition, entry })),
  )
  return [...Map.groupBy(placed, ({ partition }) => partition)].map(([event_id, list]) => {
    const at = Math.max(...list.map(({ entry }) => entry.at))
    const key = { event_id, start: `${codec.time(at)} ${token}` }
    const entries = JSON.stringify(list.map(({ entry }) => entry))
    return { key, put: attributesOf({ ...key, entries, [EXPIRES]: at + KEPT_SECONDS }), expected: {} }
  })
}

function partitionsOf(reservation: Reservation): string[] {
  const { site, observer } = reservation
  const places = [{ site }, ...(isReservedId(observer) ? [] : [{ observer }])]
  return places.map((place) => cancelledAt(place, isOfProgram(reservation)))
}

/** Items that one turn of the event loop reads, and reservations that one decodes. */
const ITEMS_PER_PAGE = 100
const EVENTS_PER_TURN = 100

/** The newest cancelled reservations at a code or of an observer. */
export async function readCancelled(
  [place, since, { people, programs }]: Parameters<Store['cancelled']>,
  context: TableContext,
): Promise<Cancelled[]> {
  if ('observer' in place && isReservedId(place.observer)) return []
  const ofPeople = await newest(cancelledAt(place, false), since, people, context)
  const ofPrograms = await newest(cancelledAt(place, true), since, programs, context)
  return decoded([...ofPeople, ...ofPrograms], context.codec)
}

/** The newest entries of a partition that were not restored. */
async function newest(partition: string, since: Instant, most: number, { requests, codec }: TableContext) {
  const range = [codec.time(since), '~'] as const
  const found = new Map<string, Entry>()
  let size = 0
  const search = { partition, range, limit: ITEMS_PER_PAGE, descending: true, stale: true, only: ['entries'] }
  for await (const items of requests.pages(search)) {
    for (const entry of items.flatMap(entriesIn)) {
      const name = `${entry.id}\n${entry.firstStart}`
      if ((found.get(name)?.revision ?? 0) >= entry.revision) continue
      found.set(name, entry)
      size += entry.event?.length ?? 0
    }
    if (found.size >= most || size >= MAX_CANCELLED_SIZE) break
    await yieldToEventLoop()
  }
  const deleted = [...found.values()].filter((entry): entry is Required<Entry> => entry.event !== undefined)
  return (await sortInChunks(deleted, (a, b) => b.at - a.at)).slice(0, most)
}

async function decoded(entries: readonly Required<Entry>[], codec: RowCodec): Promise<Cancelled[]> {
  const found: Cancelled[] = []
  for (const some of chunksOf(entries, EVENTS_PER_TURN)) {
    for (const { event, firstStart, revision, at } of some)
      found.push({ reservation: codec.decode(event), firstStart, revision, at })
    await yieldToEventLoop()
  }
  return found
}

const entriesIn = (item: Item) => JSON.parse(item['entries']?.S ?? '[]') as Entry[]
