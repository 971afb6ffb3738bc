import { setTimeout as sleep } from 'node:timers/promises'
import { chunksOf } from '../../concurrency.ts'
import { Failure } from '../../domain/failure.ts'
import { deletedRowsIn, firstStartIn, type Lineage, lineagesOf } from '../../domain/lineage.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import { quoted } from '../../domain/text.ts'
import { inOrder, isPrefixOf, newEntriesAmong } from '../archive-entry.ts'
import type { Archive, ArchiveEntry, PendingMessage } from '../port.ts'
import { deletedRowWrites } from './cancelled.ts'
import { revisionItem, wholeHistory } from './history.ts'
import { idOfHistory, isReservedId, type Item, keyOf, MAX_ITEM_BYTES, sizeOf } from './items.ts'
import { allMessages, messageItem } from './messages.ts'
import { rebuildDayIndex } from './rebuild.ts'
import { allItems } from './requests.ts'
import { rowsUnder } from './rows-by-id.ts'
import { rowItem, storedOf } from './rows.ts'
import { FENCE_MS } from './state.ts'
import type { TableContext } from './table.ts'

/** Ids that are read concurrently. */
const CONCURRENCY = 50

type MessagesById = ReadonlyMap<ReservationId, readonly PendingMessage[]>

/** Rows, histories and messages as they are. The day items are built from the rows once all entries are there. */
export function openArchive(context: TableContext): Archive {
  const { requests, state } = context
  return {
    async *entries() {
      const messages = await messagesById(context)
      for await (const entry of entriesOf(await allIds(messages, context), messages, context)) {
        if (entry.reservations.length + entry.history.length + entry.messages.length > 0) yield entry
      }
    },
    async importAll(entries) {
      const newEntries = await notYetStored(entries, context)
      if (newEntries.length === 0) return 0
      if ((await state.read()) !== 'importing') await disableDayIndex(context)
      const parsed = newEntries.map((entry) => ({ ...entry, lineages: lineagesOf(entry.history) }))
      const items = parsed.flatMap((entry) => itemsOf(entry, context))
      const deleted = parsed.flatMap(({ history, lineages }) => deletedRowsIn(history, lineages))
      // These first: an entry that is there as a whole is not imported again.
      await requests.writeAll(deletedRowWrites(deleted, context))
      await requests.writeAll(items.map((put) => ({ key: keyOf(put), put })))
      return newEntries.length
    },
    async finalize() {
      // A table that is in use has imported nothing.
      if ((await state.read()) !== 'built') await rebuildDayIndex(context)
    },
  }
}

async function* entriesOf(ids: Iterable<ReservationId>, messages: MessagesById, context: TableContext) {
  const entryOf = async (id: ReservationId): Promise<ArchiveEntry> => {
    const [rows, history] = await Promise.all([rowsUnder(id, context), wholeHistory(id, context)])
    return { id, reservations: rows.map(storedOf), history, messages: inOrder(messages.get(id) ?? []) }
  }
  for (const batch of chunksOf([...ids], CONCURRENCY)) yield* await Promise.all(batch.map(entryOf))
}

/** The entries that the table does not have. One that it has a part of was interrupted, and is imported again. */
async function notYetStored(entries: readonly ArchiveEntry[], context: TableContext): Promise<ArchiveEntry[]> {
  const known = new Map<ReservationId, ArchiveEntry>()
  const ids = new Set(entries.map(({ id }) => id))
  for await (const entry of entriesOf(ids, await messagesById(context), context)) known.set(entry.id, entry)
  for (const { id } of entries)
    if (isReservedId(id)) throw conflict(`This store cannot keep the id ${quoted(id)}: none may begin with calendar#.`)
  return newEntriesAmong(entries, (id) => known.get(id), isPrefixOf)
}

const messagesById = async ({ requests }: TableContext): Promise<MessagesById> =>
  Map.groupBy(await allItems(allMessages(requests)), ({ message }) => message.reservation)

async function allIds(messages: MessagesById, { requests }: TableContext): Promise<Set<ReservationId>> {
  const ids = new Set(messages.keys())
  for await (const items of requests.scan({ ProjectionExpression: 'event_id' })) {
    for (const { event_id } of items.map(keyOf)) {
      const id = isReservedId(event_id) ? idOfHistory(event_id) : event_id
      if (id !== undefined) ids.add(id)
    }
  }
  return ids
}

const conflict = (message: string) => new Failure('conflict', message)

/** Takes the day items of a new table out of use, so that no process writes to it during the import. */
async function disableDayIndex({ state, newToken, fence = FENCE_MS }: TableContext): Promise<void> {
  const inUse = conflict('The table is in use: only one that is new can take over another store.')
  if (!(await state.isEmpty())) throw inUse
  const before = await state.read()
  await state.begin('importing', newToken())
  if (before !== 'none') await sleep(fence)
  if (!(await state.isEmpty())) throw inUse
}

interface ParsedEntry extends ArchiveEntry {
  readonly lineages: readonly Lineage[]
}

function itemsOf({ id, reservations, history, messages, lineages }: ParsedEntry, { codec }: TableContext): Item[] {
  let largestSize = 0
  const revisions = history.map((revision) => {
    for (const one of [revision.before, revision.after]) if (one) largestSize = Math.max(largestSize, codec.sizeOf(one))
    return revisionItem({ ...revision, largestSize }, codec)
  })
  const rows = reservations.map((stored) => {
    const lineage = lineages.find(({ currentStart }) => currentStart === stored.reservation.start)
    return rowItem({ ...stored, firstStart: lineage && firstStartIn(lineage) }, codec)
  })
  const items = [...revisions, ...rows, ...messages.map(messageItem)]
  if (items.every((item) => sizeOf(item) <= MAX_ITEM_BYTES)) return items
  throw new Failure('too_large', `The id ${quoted(id)} has more in one event or revision than DynamoDB keeps.`)
}
