import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { connectionTo, type ChangeListener } from '../../web/live/connection.ts'

/** A fake EventSource, controlled by the test. */
class Stream extends EventTarget {
  readyState = 0
  close = () => void (this.readyState = 2)

  simulateOpen() {
    this.readyState = 1
    this.dispatchEvent(new Event('open'))
  }

  simulateRejection() {
    this.readyState = 2
    this.dispatchEvent(new Event('error'))
  }

  simulateInterruption() {
    this.readyState = 0
    this.dispatchEvent(new Event('error'))
  }

  simulateChange(data: object) {
    this.dispatchEvent(Object.assign(new Event('change'), { data: JSON.stringify(data) }))
  }
}

let streams: Stream[]
let notified: Parameters<ChangeListener>[0][]
beforeEach(() => {
  vi.useFakeTimers()
  streams = []
  notified = []
  const openSource = () => {
    const stream = new Stream()
    streams.push(stream)
    return stream as unknown as ReturnType<Parameters<typeof connectionTo>[0]>
  }
  connectionTo(openSource, (sites) => notified.push(sites)).open()
})
afterEach(() => {
  vi.useRealTimers()
})

it('a rejected stream is requested every 15 seconds, each time with a notification', () => {
  for (let times = 1; times <= 4; times += 1) {
    streams.at(-1)?.simulateRejection()
    expect([streams.length, notified.length]).toEqual([times, times])
    vi.advanceTimersByTime(14_999)
    expect(streams).toHaveLength(times)
    vi.advanceTimersByTime(1)
  }
  expect(streams).toHaveLength(5)
  streams.at(-1)?.simulateOpen()
  expect(notified).toEqual(['any', 'any', 'any', 'any', 'any'])
  vi.advanceTimersByTime(60_000)
  expect([streams.length, notified.length]).toEqual([5, 5])
})

it('an interrupted stream reconnects by itself, with a notification at the interruption and one at the reconnection', () => {
  streams[0]?.simulateOpen()
  for (let times = 0; times < 3; times += 1) streams[0]?.simulateInterruption()
  expect(notified).toEqual(['any'])
  streams[0]?.simulateOpen()
  expect([streams.length, notified.length]).toEqual([1, 2])
})

it('a change is reported with all its sites', () => {
  streams[0]?.simulateOpen()
  streams[0]?.simulateChange({ before: { site: 'saf' }, after: { site: 'mrc1' } })
  streams[0]?.simulateChange({ before: null, after: { site: 'saf' } })
  expect(notified).toEqual([['saf', 'mrc1'], ['saf']])
})
