import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ApiError } from '../../src/client/problem.ts'
import { openWakeUp } from '../../src/client/stream.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

it('a stream that says nothing for 45 seconds is dead, and another one is opened', async () => {
  const opened: { readonly signal: AbortSignal; readonly say: (text: string) => void }[] = []
  const open = (_input: unknown, signal: AbortSignal) =>
    Promise.resolve(
      new ReadableStream<Uint8Array>({
        start(controller) {
          signal.addEventListener('abort', () => controller.error(signal.reason))
          opened.push({ signal, say: (text) => controller.enqueue(Buffer.from(text)) })
        },
      }),
    )
  const leaving = new AbortController()
  const wakeUp = openWakeUp(open, { signal: leaving.signal, pollMs: 3_600_000 })
  const first = wakeUp.next({})
  opened[0]?.say(': still here\n\n')
  await first
  const second = wakeUp.next({})
  await vi.advanceTimersByTimeAsync(44_999)
  expect(opened[0]?.signal.aborted).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  await second
  expect(opened[0]?.signal.aborted).toBe(true)
  await wakeUp.next({})
  const last = wakeUp.next({})
  expect(opened).toHaveLength(2)
  leaving.abort(new Error('enough'))
  await expect(last).rejects.toThrow('enough')
})

it.each([
  [429, 2],
  [503, 2],
  [401, 1],
  [406, 1],
])('a stream that is refused with %i is asked for %i times in 15 seconds', async (status, times) => {
  let asked = 0
  const open = () => {
    asked += 1
    return Promise.reject(new ApiError(status, 'unknown', 'There is no stream.'))
  }
  const wakeUp = openWakeUp(open, { signal: new AbortController().signal, pollMs: 5000 })
  for (let n = 0; n < 4; n += 1) {
    const next = wakeUp.next({})
    await vi.advanceTimersByTimeAsync(5000)
    await next
  }
  expect(asked).toBe(times)
})
