import { expect, it } from 'vitest'
import { openWriteQueue } from '../../web/editor/write-queue.ts'
import { ofBo } from './sites.ts'

const seen = (revision: number) => ({ reservation: ofBo('2031-05-07T04:00Z', '2031-05-07T05:00Z'), revision })

/** Changes that are answered in the order of the test. */
function openChanges() {
  const queue = openWriteQueue()
  const begun: (number | undefined)[][] = []
  const begin = (id: string, revision: number) => {
    const { promise, resolve, reject } = Promise.withResolvers<ReturnType<typeof seen>>()
    const done = queue.run(id, (left) => {
      begun.push([revision, left?.revision])
      return promise
    })
    return { done, answer: () => resolve(seen(revision)), fail: () => reject(new Error('lost')) }
  }
  return { begun, begin, isChanging: queue.isChanging }
}

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve))

it('each change of a reservation waits for the one before it, though that waited itself', async () => {
  const { begin, begun } = openChanges()
  const [first, second] = [begin('one', 2), begin('one', 3)]
  first.answer()
  await first.done
  const third = begin('one', 4)
  await turn()
  expect(begun).toEqual([
    [2, undefined],
    [3, 2],
  ])
  second.answer()
  third.answer()
  await Promise.all([second.done, third.done])
  expect(begun.at(-1)).toEqual([4, 3])
})

it('a change of another reservation waits for none, and one after a failure knows nothing', async () => {
  const { begin, begun } = openChanges()
  const [first, other, second] = [begin('one', 2), begin('other', 7), begin('one', 3)]
  other.answer()
  await other.done
  first.fail()
  await expect(first.done).rejects.toThrow('lost')
  second.answer()
  await second.done
  expect(begun).toEqual([
    [2, undefined],
    [7, undefined],
    [3, undefined],
  ])
})

it('tells of which reservations a change has not ended yet', async () => {
  const { begin, isChanging } = openChanges()
  const both = () => ['one', 'other'].map(isChanging)
  const [first, second, other] = [begin('one', 2), begin('one', 3), begin('other', 7)]
  first.answer()
  other.fail()
  await first.done
  await expect(other.done).rejects.toThrow('lost')
  expect(both()).toEqual([true, false])
  second.answer()
  await second.done
  expect(both()).toEqual([false, false])
})
