import type { Socket } from 'node:net'
import { setImmediate as nextTurnOfTheLoop } from 'node:timers/promises'
import { expect, it, vi } from 'vitest'
import { openAcceptQueue } from '../../../src/http/admission/accept-queue.ts'

/** Connections of some addresses, and what became of each. */
function accepting({ most: max = 1000, mostEach: maxPerAddress = 1000 } = {}) {
  const begun: string[] = []
  const onDropped = vi.fn()
  const queue = openAcceptQueue({ max, maxPerAddress, onDropped })
  const sockets: { readonly destroy: ReturnType<typeof vi.fn> }[] = []
  const accept = (remoteAddress: string | undefined) => {
    const socket = { remoteAddress, destroy: vi.fn() }
    sockets.push(socket)
    queue.add(socket as unknown as Socket, () => begun.push(remoteAddress ?? 'nobody'))
  }
  const destroyed = () => sockets.flatMap(({ destroy }, n) => (destroy.mock.calls.length > 0 ? [n] : []))
  return { queue, accept, begun, onDropped, destroyed }
}

it('whoever opens many connections keeps nobody else waiting', async () => {
  const { accept, begun } = accepting()
  for (let n = 0; n < 100; n += 1) accept('203.0.113.1')
  accept('203.0.113.2')
  await nextTurnOfTheLoop()
  expect(begun.slice(0, 2)).toEqual(['203.0.113.1', '203.0.113.2'])
})

it('begins all in the end, some in each turn of the loop', async () => {
  const { accept, begun, queue } = accepting()
  for (let n = 0; n < 100; n += 1) accept('203.0.113.1')
  const turns: number[] = []
  while (queue.length() > 0) {
    const before = begun.length
    await nextTurnOfTheLoop()
    turns.push(begun.length - before)
  }
  expect(begun).toHaveLength(100)
  expect(Math.max(...turns)).toBe(8)
})

it('drops what one address has too many of, and tells of it', async () => {
  const { accept, begun, onDropped, destroyed } = accepting({ mostEach: 2 })
  for (let n = 0; n < 3; n += 1) accept('203.0.113.1')
  accept('203.0.113.2')
  expect(destroyed()).toEqual([2])
  expect(onDropped).toHaveBeenCalledOnce()
  await nextTurnOfTheLoop()
  expect(begun).toEqual(['203.0.113.1', '203.0.113.2', '203.0.113.1'])
})

it('where all have too many, drops the newest of whoever has most', () => {
  const { accept, onDropped, destroyed } = accepting({ most: 3 })
  for (const address of ['203.0.113.1', '203.0.113.1', '203.0.113.1', '203.0.113.2']) accept(address)
  expect(destroyed()).toEqual([2])
  expect(onDropped).toHaveBeenCalledOnce()
})

it('begins nothing on a connection that its client has reset already', async () => {
  const { accept, begun, destroyed, onDropped } = accepting()
  accept(undefined)
  await nextTurnOfTheLoop()
  expect(begun).toEqual([])
  expect(destroyed()).toEqual([0])
  expect(onDropped).not.toHaveBeenCalled()
})
