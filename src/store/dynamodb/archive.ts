import { setTimeout as sleep } from 'node:timers/promises'
import type { WriteRequest } from '@aws-sdk/client-dynamodb'
import { Failure } from '../../domain/failure.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import { quoted } from '../../domain/text.ts'
import { areEqual, inOrder, isPrefixOf } from '../archive-entry.ts'
import type { Archive, ArchiveEntry, PendingMessage } from '../port.ts'
import { rowsUnder, wholeHistoryUnder } from './by-id.ts'
import { fitsAlone } from './transaction.ts'
import { idOfHistory, isReservedKey } from './items.ts'
import { messageItem, MESSAGES, pendingIn } from './messages.ts'
import { rebuildDayIndex, type RebuildContext } from './rebuild.ts'
import { inBatches } from './requests.ts'
import { byStart, revisionItem, rowItem, storedOf } from './rows.ts'
import { FENCE_MS } from './state.ts'
import type { VerifyContext } from './verify.ts'

export interface ArchiveContext extends RebuildContext, VerifyContext {}

const CONCURRENCY = 50

/** Rows, histories and messages as they are. The day items are made out of the rows when all of them are there. */
export function archiveOf(context: ArchiveContext): Archive {
  const { requests, state } = context

  async function entryOf(id: ReservationId, outbox: ById): Promise<ArchiveEntry> {
    const [rows, history] = await Promise.all([rowsUnder(id, context), wholeHistoryUnder(id, context)])
    return { id, reservations: rows.toSorted(byStart).map(storedOf), history, messages: inOrder(outbox.get(id) ?? []) }
  }

  async function* entriesOf(ids: Iterable<ReservationId>, outbox: ById): AsyncGenerator<ArchiveEntry> {
    for (const batch of inBatches([...ids], CONCURRENCY)) yield* await Promise.all(batch.map((id) => entryOf(id, outbox)))
  }

  /** What of the archive entries is not there yet. One that is there in part broke off on its way, and is taken over again. */
  async function newEntriesAmong(entries: readonly ArchiveEntry[]): Promise<ArchiveEntry[]> {
    const known = new Map<ReservationId, ArchiveEntry>()
    const ids = new Set(entries.map(({ id }) => id))
    for await (const one of entriesOf(ids, await outboxIn(context))) known.set(one.id, one)
    const newEntries = new Map<ReservationId, ArchiveEntry>()
    for (const entry of entries) {
      const { id } = entry
      if (isReservedKey(id)) throw new Failure('conflict', `This store cannot keep the id ${quoted(id)}: none may begin with calendar#.`)
      const there = newEntries.get(id) ?? known.get(id)
      if (there && areEqual(there, entry)) continue
      if (newEntries.has(id) || (there && !isPrefixOf(there, entry))) throw new Failure('conflict', `The store holds something else under the id ${quoted(id)}.`)
      newEntries.set(id, entry)
    }
    return [...newEntries.values()]
  }

  return {
    async *entries() {
      const outbox = await outboxIn(context)
      for await (const entry of entriesOf(await idsIn(context, outbox), outbox)) {
        if (entry.reservations.length + entry.history.length + entry.messages.length > 0) yield entry
      }
    },
    async importAll(entries) {
      const newEntries = await newEntriesAmong(entries)
      if (newEntries.length === 0) return 0
      if ((await state.read()) !== 'adopting') await disableDayIndex(context)
      await requests.writeAll(newEntries.flatMap((entry) => writesOf(entry, context)))
      return newEntries.length
    },
    // What is in use has taken over nothing since.
    finalize: async () => void ((await state.read()) !== 'built' && (await rebuildDayIndex(context))),
  }
}

/** The messages about each id. */
type ById = ReadonlyMap<ReservationId, readonly PendingMessage[]>

const outboxIn = async ({ requests }: ArchiveContext): Promise<ById> =>
  Map.groupBy(pendingIn(await requests.query(MESSAGES)), ({ message }) => message.reservation)

async function idsIn({ requests }: ArchiveContext, outbox: ById): Promise<Set<ReservationId>> {
  const ids = new Set(outbox.keys())
  for await (const items of requests.scan({ ProjectionExpression: 'event_id' })) {
    for (const { event_id: key } of items) {
      const id = isReservedKey(key?.S ?? '') ? idOfHistory(key?.S ?? '') : key?.S
      if (id !== undefined) ids.add(id)
    }
  }
  return ids
}

/** A table that nothing has been kept in yet is there for the taking; whoever serves it sees that before anything comes. */
async function disableDayIndex({ state, newToken, fence: fenceMs = FENCE_MS }: ArchiveContext): Promise<void> {
  const inUse = new Failure('conflict', 'The table is in use: only one that is new can take over another store.')
  if (!(await state.isNew())) throw inUse
  const before = await state.read()
  await state.begin('adopting', newToken())
  if (before !== 'none') await sleep(fenceMs)
  if (!(await state.isNew())) throw inUse
}

function writesOf({ id, reservations, history, messages }: ArchiveEntry, { codec }: ArchiveContext): WriteRequest[] {
  let largestSize = 0
  const items = [
    ...history.map((revision) => {
      for (const one of [revision.before, revision.after]) if (one) largestSize = Math.max(largestSize, codec.sizeOf(one))
      return revisionItem({ ...revision, largestSize, token: '' }, codec)
    }),
    ...reservations.map(({ reservation, revision }) => rowItem(reservation, revision, codec)),
    ...messages.map(messageItem),
  ]
  if (!items.every(fitsAlone)) throw new Failure('too_large', `The id ${quoted(id)} has more in one event or revision than DynamoDB keeps.`)
  return items.map((Item) => ({ PutRequest: { Item } }))
}
