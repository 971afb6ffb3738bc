import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { connectionTo, type ChangeListener } from '../../web/live/connection.ts'

/** A browser's stream, as far as it is used: a test says what happens to it. */
class Stream extends EventTarget {
  readyState = 0
  close = () => void (this.readyState = 2)

  opens() {
    this.readyState = 1
    this.dispatchEvent(new Event('open'))
  }

  isRefused() {
    this.readyState = 2
    this.dispatchEvent(new Event('error'))
  }

  isCut() {
    this.readyState = 0
    this.dispatchEvent(new Event('error'))
  }

  tells(data: object) {
    this.dispatchEvent(Object.assign(new Event('change'), { data: JSON.stringify(data) }))
  }
}

let streams: Stream[]
let reported: Parameters<ChangeListener>[0][]
beforeEach(() => {
  vi.useFakeTimers()
  streams = []
  reported = []
  const ask = () => {
    const stream = new Stream()
    streams.push(stream)
    return stream as unknown as ReturnType<Parameters<typeof connectionTo>[0]>
  }
  connectionTo(ask, (sites) => reported.push(sites)).open()
})
afterEach(() => {
  vi.useRealTimers()
})

it('a stream that is refused is asked for every 15 seconds, and each time one reads in its place', () => {
  for (let times = 1; times <= 4; times += 1) {
    streams.at(-1)?.isRefused()
    expect([streams.length, reported.length]).toEqual([times, times])
    vi.advanceTimersByTime(14_999)
    expect(streams).toHaveLength(times)
    vi.advanceTimersByTime(1)
  }
  expect(streams).toHaveLength(5)
  streams.at(-1)?.opens()
  expect(reported).toEqual(['any', 'any', 'any', 'any', 'any'])
  vi.advanceTimersByTime(60_000)
  expect([streams.length, reported.length]).toEqual([5, 5])
})

it('a stream that is cut comes back by itself; one reads once, and once more when it is back', () => {
  streams[0]?.opens()
  for (let times = 0; times < 3; times += 1) streams[0]?.isCut()
  expect(reported).toEqual(['any'])
  streams[0]?.opens()
  expect([streams.length, reported.length]).toEqual([1, 2])
})

it('a change is told of at all the sites that it touches', () => {
  streams[0]?.opens()
  streams[0]?.tells({ before: { site: 'saf' }, after: { site: 'mrc1' } })
  streams[0]?.tells({ before: null, after: { site: 'saf' } })
  expect(reported).toEqual([['saf', 'mrc1'], ['saf']])
})
