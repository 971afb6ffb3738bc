import { expect, it } from 'vitest'
import { amendSeries } from '../../src/service/amend-series.ts'
import { cancelSeries } from '../../src/service/cancel-series.ts'
import type { Store } from '../../src/store/port.ts'
import { ada, changing, from, memoryStore, proposed, worldOf } from '../context.ts'

const PART = { id: 'series', observer: ada.id, fromNight: '2030-03-01' }
const OPTIONS = { dryRun: false, override: false }

/** A series of two nights. */
async function openSeries() {
  const [first, second] = [9, 10].map((day) =>
    proposed({ ...from(day, '03:00', '04:00'), extra: { series_id: 'series' } }),
  )
  const store = memoryStore()
  for (const after of [first!, second!]) await changing(store, [{ after }])
  return { first: first!, second: second!, store, context: worldOf(store) }
}

it('a reservation of a series that ends just now is left as it is', async () => {
  const { first, second, store, context } = await openSeries()
  context.time = first.end
  const change = { ...PART, start: undefined, minutes: 30, site: undefined, override: false }
  const amended = await amendSeries(
    { ...change, change: (before, interval) => ({ ...before, ...interval }) },
    ada,
    { dryRun: false },
    context,
  )
  expect(amended).toMatchObject([{ night: '2030-03-09' }])
  const cancelled = await cancelSeries(PART, ada, OPTIONS, context)
  expect(cancelled).toMatchObject([{ night: '2030-03-09' }])
  expect([await store.find(first.id), await store.find(second.id)]).toMatchObject([[{ reservation: first }], []])
  await expect(cancelSeries(PART, ada, OPTIONS, context)).rejects.toMatchObject({ code: 'not_found' })
})

it('one that ends while the change waits for the store is left, too', async () => {
  const { first, second, store, context } = await openSeries()
  const change: Store['change'] = (scope, decide) => {
    context.time = first.end
    return store.change(scope, decide)
  }
  const late = { ...context, now: () => context.time, store: { ...store, change } }
  await cancelSeries(PART, ada, OPTIONS, late)
  expect([await store.find(first.id), await store.find(second.id)]).toMatchObject([[{ reservation: first }], []])
})
