import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { oneConnection } from '../../web/live/one-connection.ts'
import type { ChangeListener } from '../../web/live/connection.ts'

/** Web Locks of one name, of which not every Node.js has any. */
function openLocks() {
  let last: Promise<unknown> = Promise.resolve()
  return {
    request(_name: string, { signal }: { signal: AbortSignal }, take: () => Promise<void> | undefined) {
      const turn = last.then(() => (signal.throwIfAborted(), take()))
      last = turn.catch(() => undefined)
      return turn
    },
  }
}

/** What happens to the connections of windows, such as `a opens`. */
let log: string[]
let channels: BroadcastChannel[]
beforeEach(() => {
  ;[log, channels] = [[], []]
  vi.useFakeTimers({ toFake: ['performance'] })
  vi.stubGlobal('navigator', { locks: openLocks() })
  const Channel = BroadcastChannel
  vi.stubGlobal(
    'BroadcastChannel',
    class extends Channel {
      constructor(name: string) {
        super(name)
        channels.push(this)
      }
    },
  )
})
afterEach(() => {
  for (const channel of channels) channel.close()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

/** A window, and how its connection reports a change. */
function openWindow(name: string) {
  let notify: ChangeListener = () => log.push(`${name} has no connection`)
  const connection = oneConnection(
    'changes',
    (listener) => {
      notify = listener
      return { open: () => log.push(`${name} opens`), close: () => log.push(`${name} closes`) }
    },
    (sites) => log.push(`${name} hears ${String(sites)}`),
  )
  return { ...connection, report: (...sites: string[]) => notify(sites) }
}
async function logged(...lines: string[]): Promise<void> {
  await expect.poll(() => log).toEqual(lines)
}

it('one window has the connection, and tells the others what changes', async () => {
  const [a, b] = [openWindow('a'), openWindow('b')]
  a.open()
  b.open()
  await logged('a opens')
  a.report('saf', 'mrc1')
  await logged('a opens', 'a hears saf,mrc1', 'b hears saf,mrc1')
})

it('when its window closes, the next one takes over', async () => {
  const [a, b] = [openWindow('a'), openWindow('b')]
  a.open()
  b.open()
  await logged('a opens')
  a.close()
  await logged('a opens', 'a closes', 'b opens')
  b.report('saf')
  await logged('a opens', 'a closes', 'b opens', 'b hears saf', 'a hears saf')
})

it('one that has waited for long may have missed changes', async () => {
  const [a, b] = [openWindow('a'), openWindow('b')]
  a.open()
  b.open()
  await logged('a opens')
  vi.advanceTimersByTime(1001)
  a.close()
  await logged('a opens', 'a closes', 'b opens', 'b hears any')
})

it('one that is hidden before its turn has no connection, until it is shown again', async () => {
  const [a, b, c] = [openWindow('a'), openWindow('b'), openWindow('c')]
  for (const one of [a, b, c]) one.open()
  await logged('a opens')
  b.close()
  a.close()
  await logged('a opens', 'a closes', 'c opens')
  b.open()
  c.close()
  await logged('a opens', 'a closes', 'c opens', 'c closes', 'b opens')
})

it('without Web Locks each window has its own', () => {
  vi.stubGlobal('navigator', {})
  for (const name of ['a', 'b']) openWindow(name).open()
  expect(log).toEqual(['a opens', 'b opens'])
})
