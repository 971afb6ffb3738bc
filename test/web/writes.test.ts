import { afterAll, describe, expect, it, vi } from 'vitest'
import { freshId } from '../server.ts'
import { ChangedMeanwhile, isSame } from '../../web/editor/current-reservation.ts'
import { openWriteQueue } from '../../web/editor/write-queue.ts'
import { amendShown, cancelShown, NotSaved, restoreTo } from '../../web/editor/writes.ts'
import { behindLossyProxy } from './lossy-proxy.ts'
import { at, ofBo } from './sites.ts'

vi.stubGlobal('dispatchEvent', () => true)
afterAll(() => void vi.unstubAllGlobals())
let day = 0
const proposed = () => {
  const start = at('2031-05-07T04:00Z') + 86_400 * day++
  return { site: 'saf', start, end: start + 1800, title: 'M51' }
}
const waiting = vi.fn()

describe('a change of what was shown', () => {
  it('is refused if somebody has changed that meanwhile, with what it is now', async () => {
    const { calendar } = await behindLossyProxy(0)
    const { reservation: shown } = await calendar.reserve(freshId(), proposed())
    const { reservation: now } = await calendar.amend(shown, { title: 'M63' })
    const change = amendShown({ calendar, waiting }, shown, { note: 'R' })
    await expect(change).rejects.toThrow(ChangedMeanwhile)
    await expect(change).rejects.toMatchObject({ current: { reservation: now, revision: 2 } })
    await expect(cancelShown({ calendar, waiting }, shown)).rejects.toThrow(ChangedMeanwhile)
    await calendar.cancel(now)
    await expect(cancelShown({ calendar, waiting }, now)).rejects.toMatchObject({ current: undefined })
  })

  it('is undone only if nobody has changed it since', async () => {
    const { calendar } = await behindLossyProxy(0)
    const { reservation: shown } = await calendar.reserve(freshId(), proposed())
    const written = await amendShown({ calendar, waiting }, shown, { title: 'M63' })
    await calendar.amend(shown, { title: 'M64' })
    for (const known of [written, { ...written, revision: undefined }])
      await expect(
        amendShown({ calendar, waiting }, written.reservation, { title: 'M51' }, {}, known),
      ).rejects.toMatchObject({ current: { reservation: { title: 'M64' } } })
  })

  it('starts from what an earlier one leaves that is not answered yet', async () => {
    const { calendar } = await behindLossyProxy(0)
    const { reservation: shown } = await calendar.reserve(freshId(), proposed())
    const { start, end } = shown
    const [, second] = await Promise.all([
      amendShown({ calendar, waiting }, shown, { start: start + 3600, end: end + 3600 }),
      amendShown({ calendar, waiting }, shown, { start: start + 7200, end: end + 7200 }),
    ])
    expect(second.reservation).toMatchObject({ start: start + 7200, end: end + 7200 })
    expect((await calendar.reservation(shown.id)).revision).toBe(3)
  })

  it('that has lost its answer is found to have been saved', async () => {
    const { calendar } = await behindLossyProxy(1, 'ada', { paths: /modifyevent/ })
    const { reservation: shown } = await calendar.reserve(freshId(), proposed())
    const written = await amendShown({ calendar, waiting }, shown, { title: 'M63' })
    expect(written).toMatchObject({ revision: 2, reservation: { title: 'M63' } })
    expect(waiting).not.toHaveBeenCalled()
  })

  it('that never arrived is found not to have been saved', async () => {
    const { calendar } = await behindLossyProxy(1, 'ada', { paths: /modifyevent/, late: true })
    const { reservation: shown } = await calendar.reserve(freshId(), proposed())
    await expect(amendShown({ calendar, waiting }, shown, { title: 'M63' })).rejects.toThrow(NotSaved)
  })
})

describe('deleting', () => {
  it('that has lost its answer is found to be done, and can be undone', async () => {
    const { calendar } = await behindLossyProxy(1, 'ada', { paths: /delete/ })
    const { reservation: shown } = await calendar.reserve(freshId(), proposed())
    const deleted = await cancelShown({ calendar, waiting }, shown)
    expect(deleted).toEqual({ reservation: shown, revision: 1 })
    const { reservation } = await restoreTo({ calendar, waiting }, shown.id, deleted.revision)
    expect(isSame(reservation, shown)).toBe(true)
    await calendar.cancel(reservation)
    expect((await restoreTo({ calendar, waiting }, shown.id, undefined)).reservation.title).toBe('M51')
  })
})

it('a change that failed holds up no later one', async () => {
  const { run: inTurn } = openWriteQueue()
  const left = { reservation: ofBo('2026-03-07T04:00Z', '2026-03-07T05:00Z'), revision: 2 }
  const seen: unknown[] = []
  const results = await Promise.allSettled([
    inTurn('a', () => Promise.reject(new Error('no'))),
    inTurn('a', async (before) => (seen.push(before), left)),
    inTurn('a', async (before) => (seen.push(before), undefined)),
    inTurn('b', async (before) => (seen.push(before), undefined)),
  ])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled'])
  expect(seen).toEqual([undefined, undefined, left])
  expect(await inTurn('a', async (before) => before)).toBeUndefined()
})
