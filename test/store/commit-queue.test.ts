import { expect, it } from 'vitest'
import { openCommitQueue } from '../../src/store/sqlite/commit-queue.ts'

/** A queue of which each batch is noted. */
function open() {
  const batches: number[] = []
  const enqueue = openCommitQueue(
    (batch) => {
      batches.push(batch.length)
      return batch.map(({ work }) => ({ value: work() }))
    },
    () => undefined,
  )
  const add = () => enqueue({ work: () => undefined, onDurable: undefined, settle: () => undefined })
  return { batches, add }
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

it('commits together what comes in one turn of the event loop after the other', async () => {
  const { batches, add } = open()
  for (let n = 0; n < 4; n += 1) {
    add()
    await nextTurn()
  }
  await nextTurn()
  expect(batches).toEqual([4])
})

it('commits after some turns, although each brings more work', async () => {
  const { batches, add } = open()
  for (let n = 0; n < 30; n += 1) {
    add()
    await nextTurn()
  }
  expect(batches.slice(0, 2)).toEqual([9, 9])
})
