import { setTimeout as sleep } from 'node:timers/promises'
import type { WriteRequest } from '@aws-sdk/client-dynamodb'
import { Failure } from '../../domain/failure.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import { quoted } from '../../domain/text.ts'
import { alike, inOrder, isPartOf } from '../dossier.ts'
import type { Archive, Dossier, Pending } from '../store.ts'
import { rowsUnder, wholeHistoryUnder } from './by-id.ts'
import { fitsAlone } from './draft.ts'
import { idOfHistory, isOurs } from './keys.ts'
import { messageItem, MESSAGES, pendingIn } from './messages.ts'
import { rebuildSheets, type Rebuilding } from './rebuild.ts'
import { inBatches } from './requests.ts'
import { byStart, revisionItem, rowItem, storedOf } from './rows.ts'
import { FENCE_MS } from './state.ts'
import type { Verifying } from './verify.ts'

export interface Archiving extends Rebuilding, Verifying {}

const AT_ONCE = 50

/** Rows, histories and messages as they are. The sheets are made out of the rows when all of them are there. */
export function archiveOf(archiving: Archiving): Archive {
  const { requests, state } = archiving

  async function dossierOf(id: ReservationId, outbox: ById): Promise<Dossier> {
    const [rows, history] = await Promise.all([rowsUnder(id, archiving), wholeHistoryUnder(id, archiving)])
    return { id, standing: rows.toSorted(byStart).map(storedOf), history, messages: inOrder(outbox.get(id) ?? []) }
  }

  async function* dossiersOf(ids: Iterable<ReservationId>, outbox: ById): AsyncGenerator<Dossier> {
    for (const some of inBatches([...ids], AT_ONCE)) yield* await Promise.all(some.map((id) => dossierOf(id, outbox)))
  }

  /** What of the dossiers is not there yet. One that is there in part broke off on its way, and is taken over again. */
  async function newAmong(dossiers: readonly Dossier[]): Promise<Dossier[]> {
    const known = new Map<ReservationId, Dossier>()
    const ids = new Set(dossiers.map(({ id }) => id))
    for await (const one of dossiersOf(ids, await outboxIn(archiving))) known.set(one.id, one)
    const fresh = new Map<ReservationId, Dossier>()
    for (const dossier of dossiers) {
      const { id } = dossier
      if (isOurs(id)) throw new Failure('conflict', `This store cannot keep the id ${quoted(id)}: none may begin with calendar#.`)
      const there = fresh.get(id) ?? known.get(id)
      if (there && alike(there, dossier)) continue
      if (fresh.has(id) || (there && !isPartOf(there, dossier))) throw new Failure('conflict', `The store holds something else under the id ${quoted(id)}.`)
      fresh.set(id, dossier)
    }
    return [...fresh.values()]
  }

  return {
    async *dossiers() {
      const outbox = await outboxIn(archiving)
      for await (const dossier of dossiersOf(await idsIn(archiving, outbox), outbox)) {
        if (dossier.standing.length + dossier.history.length + dossier.messages.length > 0) yield dossier
      }
    },
    async adopt(dossiers) {
      const fresh = await newAmong(dossiers)
      if (fresh.length === 0) return 0
      if ((await state.read()) !== 'adopting') await takeOutOfUse(archiving)
      await requests.writeAll(fresh.flatMap((dossier) => writesOf(dossier, archiving)))
      return fresh.length
    },
    // What is in use has taken over nothing since.
    settle: async () => void ((await state.read()) !== 'built' && (await rebuildSheets(archiving))),
  }
}

/** The messages about each id. */
type ById = ReadonlyMap<ReservationId, readonly Pending[]>

const outboxIn = async ({ requests }: Archiving): Promise<ById> =>
  Map.groupBy(pendingIn(await requests.query(MESSAGES)), ({ message }) => message.reservation)

async function idsIn({ requests }: Archiving, outbox: ById): Promise<Set<ReservationId>> {
  const ids = new Set(outbox.keys())
  for await (const items of requests.scan({ ProjectionExpression: 'event_id' })) {
    for (const { event_id: key } of items) {
      const id = isOurs(key?.S ?? '') ? idOfHistory(key?.S ?? '') : key?.S
      if (id !== undefined) ids.add(id)
    }
  }
  return ids
}

/** A table that nothing has been kept in yet is there for the taking; whoever serves it sees that before anything comes. */
async function takeOutOfUse({ state, newToken, fence = FENCE_MS }: Archiving): Promise<void> {
  const inUse = new Failure('conflict', 'The table is in use: only one that is new can take over another store.')
  if (!(await state.isNew())) throw inUse
  const before = await state.read()
  await state.begin('adopting', newToken())
  if (before !== 'none') await sleep(fence)
  if (!(await state.isNew())) throw inUse
}

function writesOf({ id, standing, history, messages }: Dossier, { codec }: Archiving): WriteRequest[] {
  let largest = 0
  const items = [
    ...history.map((revision) => {
      for (const one of [revision.before, revision.after]) if (one) largest = Math.max(largest, codec.sizeOf(one))
      return revisionItem({ ...revision, largest, token: '' }, codec)
    }),
    ...standing.map(({ reservation, revision }) => rowItem(reservation, revision, codec)),
    ...messages.map(messageItem),
  ]
  if (!items.every(fitsAlone)) throw new Failure('too_large', `The id ${quoted(id)} has more in one event or revision than DynamoDB keeps.`)
  return items.map((Item) => ({ PutRequest: { Item } }))
}
