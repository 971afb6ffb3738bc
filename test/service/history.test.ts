import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Actor } from '../../src/domain/observer.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { amend } from '../../src/service/amend.ts'
import { cancel } from '../../src/service/cancel.ts'
import { type HistoryQuery, readHistory, MAX_HISTORY_BYTES } from '../../src/service/history.ts'
import { importRow } from '../../src/service/import.ts'
import { reserve } from '../../src/service/reserve.ts'
import type { HistoryRange, Store } from '../../src/store/port.ts'
import { ada, bo, grace, memoryStore, on, scheduler, type TestWorld, asItIs, proposed, worldOf } from '../context.ts'

let store: Store
let context: TestWorld
let parts: HistoryRange[]
beforeEach(() => {
  store = memoryStore()
  parts = []
  context = worldOf({ ...store, history: (id, part = {}) => (parts.push(part), store.history(id, part)) })
})
afterEach(() => store.close())

const numbers = async (asked: HistoryQuery, by: Actor = ada) =>
  (await readHistory(asked, by, context, asItIs)).map(({ number }) => number)
const padded = (bytes: number) => (before: Reservation) => ({ ...before, extra: { padding: 'p'.repeat(bytes) } })
/** The id of a new event with the given number of revisions, most of them large. */
async function changed(times: number): Promise<string> {
  const { reservation } = await reserve(proposed(), ada, { override: false }, context)
  for (let n = 1; n < times; n += 1)
    await amend({ reference: { id: reservation.id }, change: padded(60_000), override: false }, ada, context)
  return reservation.id
}

describe('the history of a reservation', () => {
  it('is readable by its present or former observer, admins and services', async () => {
    const {
      reservation: { id },
    } = await reserve(proposed(), ada, { override: false }, context)
    await cancel({ reference: { id } }, grace, context)
    for (const by of [ada, grace, scheduler]) expect(await readHistory({ id }, by, context, asItIs)).toHaveLength(2)
    await expect(readHistory({ id }, bo, context, asItIs)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(readHistory({ id, limit: 1 }, bo, context, asItIs)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(readHistory({ id: 'nobody' }, ada, context, asItIs)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('shows each observer of duplicate rows their own revisions', async () => {
    const [adas, bos] = [proposed({ id: 'twins' }), proposed({ by: bo, id: 'twins', start: on(9, '08:00') })]
    for (const row of [adas, bos]) await importRow(row, context)
    await amend({ reference: { id: 'twins', start: adas.start }, change: padded(1), override: false }, ada, context)
    await cancel({ reference: { id: 'twins', start: bos.start } }, bo, context)
    expect(await numbers({ id: 'twins' })).toEqual([1, 3])
    expect(await numbers({ id: 'twins', limit: 1 })).toEqual([3])
    expect((await readHistory({ id: 'twins' }, bo, context, asItIs)).map(({ number }) => number)).toEqual([2, 4])
    expect(await readHistory({ id: 'twins' }, grace, context, asItIs)).toHaveLength(4)
    await expect(readHistory({ id: 'twins' }, { ...ada, id: 'auth0|cleo' }, context, asItIs)).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  it('of another observer, or of an unknown id, is rejected in any range', async () => {
    const id = await changed(2)
    for (const before of [1, 2, 3]) {
      await expect(readHistory({ id, before }, bo, context, asItIs)).rejects.toMatchObject({ code: 'forbidden' })
      await expect(readHistory({ id: 'nobody', before }, ada, context, asItIs)).rejects.toMatchObject({
        code: 'not_found',
      })
      await expect(readHistory({ id: 'nobody', before, limit: 1 }, grace, context, asItIs)).rejects.toMatchObject({
        code: 'not_found',
      })
      expect(await readHistory({ id, before }, grace, context, asItIs)).toHaveLength(before - 1)
    }
  })

  it('ends for each observer of duplicate rows where their own begins', async () => {
    for (const row of [proposed({ id: 'twins' }), proposed({ by: bo, id: 'twins', start: on(9, '08:00') })])
      await importRow(row, context)
    expect(await numbers({ id: 'twins', before: 2 }, bo)).toEqual([])
    expect(await numbers({ id: 'twins', before: 1 })).toEqual([])
    for (const before of [1, 2]) {
      await expect(
        readHistory({ id: 'twins', before }, { ...ada, id: 'auth0|cleo' }, context, asItIs),
      ).rejects.toMatchObject({ code: 'forbidden' })
    }
  })

  it('is readable in parts, the newest first', async () => {
    const id = await changed(7)
    expect(await numbers({ id, limit: 3 })).toEqual([5, 6, 7])
    expect(await numbers({ id, limit: 3, before: 5 })).toEqual([2, 3, 4])
    expect(await numbers({ id, limit: 3, before: 2 })).toEqual([1])
    expect(await numbers({ id, limit: 3, before: 1 })).toEqual([])
    expect(await numbers({ id, before: 3 })).toEqual([1, 2])
    expect(await numbers({ id })).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  it('is rejected if it is too large, and never cut; its parts are as large as possible', async () => {
    const id = await changed(75)
    await expect(readHistory({ id }, ada, context, asItIs)).rejects.toMatchObject({
      code: 'too_large',
      message: expect.stringMatching(/limit.*before/),
    })
    const last = await numbers({ id, limit: 1000 })
    const first = await numbers({ id, before: last[0]! })
    expect([...first, ...last]).toEqual(Array.from({ length: 75 }, (_, n) => n + 1))
    expect(Math.floor(MAX_HISTORY_BYTES / 121_000)).toBe(last.length)
  })

  it('is read by few callers at a time if it is long', async () => {
    const [long, short] = [await changed(20), await changed(5)]
    const outcomes = await Promise.allSettled(Array.from({ length: 25 }, () => numbers({ id: long })))
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual(
      Array.from(
        { length: 3 },
        () => expect.objectContaining({ reason: expect.objectContaining({ code: 'busy' }) as unknown }) as unknown,
      ),
    )
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled' && outcome.value.length === 20)).toHaveLength(22)
    expect(await Promise.all(Array.from({ length: 25 }, () => numbers({ id: short })))).toHaveLength(25)
    expect(await numbers({ id: long, limit: 3 })).toEqual([18, 19, 20])
    expect([store.longLists.active(), store.longLists.waiting()]).toEqual([0, 0])
  })

  it('holds no revisions in memory while it waits for other callers', async () => {
    const {
      reservation: { id },
    } = await reserve(proposed(), ada, { override: false }, context)
    for (let n = 1; n < 20; n += 1)
      await amend({ reference: { id }, change: padded(50_000), override: false }, ada, context)
    const releases = await Promise.all([store.longLists.acquire(), store.longLists.acquire()])
    parts = []
    const extracted: number[] = []
    const history = readHistory({ id }, ada, context, ({ number }) => extracted.push(number))
    await vi.waitUntil(() => store.longLists.waiting() === 1)
    const lowest = Math.min(...extracted)
    const rest = (await store.history(id, { before: parts.at(-1)?.before ?? Infinity, fromEnd: true }))[0]?.number
    expect(lowest).toBe(rest)
    for (const release of releases) release()
    expect(await history).toHaveLength(20)
  })

  it('releases its admission if it is rejected', async () => {
    const id = await changed(75)
    await expect(numbers({ id })).rejects.toMatchObject({ code: 'too_large' })
    expect(store.longLists.active()).toBe(0)
  })

  it('counts the overlaps of its revisions towards its size', async () => {
    const { reservation } = await reserve(proposed(), ada, { override: false }, context)
    const overlapping = Array.from({ length: 10_000 }, (_, n) => `${n}`.padStart(128, 'x'))
    for (let n = 0; n < 8; n += 1) {
      await store.change({ ids: [reservation.id] }, (stored) => {
        const [before] = stored.rows(reservation.id)
        return {
          changes: [
            {
              before: before!,
              after: { ...reservation, note: `${n}` },
              at: n,
              by: grace.id,
              via: 'amend',
              overlapping,
            },
          ],
          answer: undefined,
        }
      })
    }
    await expect(readHistory({ id: reservation.id }, ada, context, asItIs)).rejects.toMatchObject({ code: 'too_large' })
    expect(await numbers({ id: reservation.id, limit: 100 })).toEqual([4, 5, 6, 7, 8, 9])
    expect(await store.history(reservation.id, { after: 1 })).toHaveLength(1)
  })

  it('of another observer is not read, however long it is', async () => {
    const id = await changed(40)
    parts = []
    await expect(readHistory({ id }, bo, context, asItIs)).rejects.toMatchObject({ code: 'forbidden' })
    expect(parts).toEqual([{ fromEnd: true }, { limit: 1 }])
  })
})
