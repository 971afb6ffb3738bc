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
    const done = queue(id, (left) => {
      begun.push([revision, left?.revision])
      return promise
    })
    return { done, answer: () => resolve(seen(revision)), fail: () => reject(new Error('lost')) }
  }
  return { begun, begin }
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
