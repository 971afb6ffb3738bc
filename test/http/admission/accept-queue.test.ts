import type { Socket } from 'node:net'
import { setImmediate as nextTurnOfTheLoop } from 'node:timers/promises'
import { expect, it, vi } from 'vitest'
import { openAcceptQueue } from '../../../src/http/admission/accept-queue.ts'

/** An accept queue, and what happens to each connection that is added. */
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

it('the accept queue serves addresses in turn, so that one with many connections delays no other', async () => {
  const { accept, begun } = accepting()
  for (let n = 0; n < 100; n += 1) accept('203.0.113.1')
  accept('203.0.113.2')
  await nextTurnOfTheLoop()
  expect(begun.slice(0, 2)).toEqual(['203.0.113.1', '203.0.113.2'])
})

it('the accept queue accepts every connection, at most eight in each turn of the event loop', async () => {
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

it('the accept queue drops connections beyond the limit of an address, and reports it', async () => {
  const { accept, begun, onDropped, destroyed } = accepting({ mostEach: 2 })
  for (let n = 0; n < 3; n += 1) accept('203.0.113.1')
  accept('203.0.113.2')
  expect(destroyed()).toEqual([2])
  expect(onDropped).toHaveBeenCalledOnce()
  await nextTurnOfTheLoop()
  expect(begun).toEqual(['203.0.113.1', '203.0.113.2', '203.0.113.1'])
})

it('a full accept queue drops the newest connection of the address with the most connections', () => {
  const { accept, onDropped, destroyed } = accepting({ most: 3 })
  for (const address of ['203.0.113.1', '203.0.113.1', '203.0.113.1', '203.0.113.2']) accept(address)
  expect(destroyed()).toEqual([2])
  expect(onDropped).toHaveBeenCalledOnce()
})

it('the accept queue destroys a connection that its client has already reset', async () => {
  const { accept, begun, destroyed, onDropped } = accepting()
  accept(undefined)
  await nextTurnOfTheLoop()
  expect(begun).toEqual([])
  expect(destroyed()).toEqual([0])
  expect(onDropped).not.toHaveBeenCalled()
})
