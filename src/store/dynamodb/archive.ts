import { setTimeout as sleep } from 'node:timers/promises'
import type { WriteRequest } from '@aws-sdk/client-dynamodb'
import { Failure } from '../../domain/failure.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import { alike, isPartOf } from '../dossier.ts'
import type { Archive, Dossier } from '../store.ts'
import type { Item } from './attributes.ts'
import { rowsUnder, wholeHistoryUnder } from './by-id.ts'
import { fitsAlone } from './draft.ts'
import { idOfHistory, isOurs, keyAttributes, letterKey } from './keys.ts'
import { LETTERS } from './outbox.ts'
import { rebuildSheets, type Rebuilding } from './rebuild.ts'
import { inBatches } from './requests.ts'
import { byStart, letterItem, letterOf, revisionItem, rowItem, storedOf, type Waiting } from './rows.ts'
import { FENCE_MS } from './state.ts'
import type { Verifying } from './verify.ts'

export interface Archiving extends Rebuilding, Verifying {
  readonly letterNumber: (at: number, after: number) => number
}

const AT_ONCE = 50

/** Rows, histories and letters as they are. The sheets are made out of the rows when all of them are there. */
export function archiveOf(archiving: Archiving): Archive {
  const { requests, state } = archiving

  async function dossierOf(id: ReservationId, letters: Letters): Promise<Dossier> {
    const [rows, history] = await Promise.all([rowsUnder(id, archiving), wholeHistoryUnder(id, archiving)])
    const posted = (letters.get(id) ?? []).map(({ news, attempts, due }) => ({ news, attempts, due }))
    return { id, standing: rows.toSorted(byStart).map(storedOf), history, letters: posted }
  }

  async function* dossiersOf(ids: Iterable<ReservationId>, letters: Letters): AsyncGenerator<Dossier> {
    for (const some of inBatches([...ids], AT_ONCE)) yield* await Promise.all(some.map((id) => dossierOf(id, letters)))
  }

  /** What of the dossiers is not there yet. One that is there in part broke off on its way, and is taken over again. */
  async function newAmong(dossiers: readonly Dossier[], letters: Letters): Promise<Dossier[]> {
    const known = new Map<ReservationId, Dossier>()
    for await (const one of dossiersOf(new Set(dossiers.map(({ id }) => id)), letters)) known.set(one.id, one)
    const fresh = new Map<ReservationId, Dossier>()
    for (const dossier of dossiers) {
      const { id } = dossier
      if (isOurs(id)) throw new Failure('conflict', `This store cannot keep the id ${id}: none may begin with calendar#.`)
      const there = fresh.get(id) ?? known.get(id)
      if (there && alike(there, dossier)) continue
      if (fresh.has(id) || (there && !isPartOf(there, dossier))) throw new Failure('conflict', `The store holds something else under the id ${id}.`)
      fresh.set(id, dossier)
    }
    return [...fresh.values()]
  }

  return {
    async *dossiers() {
      const letters = lettersIn(await requests.query(LETTERS))
      for await (const dossier of dossiersOf(await idsIn(archiving, letters), letters)) {
        if (dossier.standing.length + dossier.history.length + dossier.letters.length > 0) yield dossier
      }
    },
    async adopt(dossiers) {
      const letters = lettersIn(await requests.query(LETTERS))
      const fresh = await newAmong(dossiers, letters)
      if (fresh.length === 0) return 0
      if ((await state.read()) !== 'adopting') await takeOutOfUse(archiving)
      const last = Math.max(0, ...[...letters.values()].flat().map(({ number }) => number))
      const numbered = () => archiving.letterNumber(0, last)
      // Of dossiers that broke off on their way, so that no letter is there twice.
      const stale = fresh.flatMap(({ id }) => letters.get(id) ?? [])
      await requests.writeAll(stale.map(({ number }) => ({ DeleteRequest: { Key: keyAttributes(letterKey(number)) } })))
      await requests.writeAll(fresh.flatMap((dossier) => writesOf(dossier, numbered, archiving)))
      return fresh.length
    },
    // What is in use has taken over nothing since.
    settle: async () => void ((await state.read()) !== 'built' && (await rebuildSheets(archiving))),
  }
}

/** By reservation, oldest first. */
type Letters = ReadonlyMap<ReservationId, readonly Waiting[]>

function lettersIn(items: readonly Item[]): Letters {
  const letters = new Map<ReservationId, Waiting[]>()
  for (const letter of items.map(letterOf)) letters.set(letter.news.reservation, [...(letters.get(letter.news.reservation) ?? []), letter])
  return letters
}

async function idsIn({ requests }: Archiving, letters: Letters): Promise<Set<ReservationId>> {
  const ids = new Set(letters.keys())
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

function writesOf(dossier: Dossier, numbered: () => number, { codec }: Archiving): WriteRequest[] {
  const { id, standing, history } = dossier
  let largest = 0
  const items = [
    ...history.map((revision) => {
      for (const one of [revision.before, revision.after]) if (one) largest = Math.max(largest, codec.sizeOf(one))
      return revisionItem({ ...revision, letter: 0, largest, token: '' }, codec)
    }),
    ...standing.map(({ reservation, revision }) => rowItem(reservation, revision, codec)),
    ...dossier.letters.map((letter) => letterItem({ ...letter, number: numbered() })),
  ]
  if (!items.every(fitsAlone)) throw new Failure('too_large', `The id ${id} has more in one event or revision than DynamoDB keeps.`)
  return items.map((Item) => ({ PutRequest: { Item } }))
}
