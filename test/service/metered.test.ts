import { expect, it } from 'vitest'
import { type WrittenAmount, withMeter } from '../../src/service/metered.ts'
import { reserve } from '../../src/service/reserve.ts'
import type { Store } from '../../src/store/port.ts'
import { ada, memoryStore, proposed, worldOf } from '../context.ts'

/** Reserves through a meter. @returns what the meter has counted and not taken back */
async function countedBy(change: (store: Store) => Store['change']): Promise<WrittenAmount[]> {
  const counted = new Set<WrittenAmount>()
  const store = memoryStore()
  const context = withMeter(worldOf({ ...store, change: change(store) }), (written) => {
    counted.add(written)
    return () => void counted.delete(written)
  })
  await reserve(proposed(), ada, { override: false }, context).catch(() => undefined)
  await store.close()
  return [...counted]
}

it('counts a change once, however often the store decides it', async () => {
  const once = await countedBy((store) => (scope, decide) => store.change(scope, decide))
  const again = await countedBy(
    (store) => (scope, decide) =>
      store.change(scope, (snapshot) => {
        decide(snapshot)
        return decide(snapshot)
      }),
  )
  expect(once).toEqual([{ changes: 1, bytes: expect.any(Number) as number }])
  expect(again.map(({ changes }) => changes)).toEqual([1])
})

it('counts nothing for a change that the store fails to commit', async () => {
  const counted = await countedBy((store) => async (scope, decide) => {
    await store.change(scope, decide)
    throw new Error('not committed')
  })
  expect(counted).toEqual([])
})
