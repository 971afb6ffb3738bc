import { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { readBody } from '../../../src/http/admission/body.ts'
import { openConnections } from '../../../src/http/admission/connections.ts'
import { openFairQueue } from '../../../src/http/admission/fair-queue.ts'
import { openKeyedCounter } from '../../../src/http/admission/keyed-counter.ts'
import { isPoll, isPollQuery } from '../../../src/http/admission/poll.ts'
import { PrunedMap } from '../../../src/http/admission/pruned-map.ts'
import { isHost, parseRequestTarget } from '../../../src/http/admission/request-target.ts'
import { openTokenBuckets } from '../../../src/http/admission/token-buckets.ts'
import { openUnsentBytes } from '../../../src/http/admission/unsent-bytes.ts'

const everyAddress = () => true

describe('a fair queue', () => {
  const filled = (...items: string[]) => {
    const queue = openFairQueue<string>()
    for (const item of items) queue.add(item.slice(0, 1), item)
    return queue
  }
  const emptied = (queue: ReturnType<typeof filled>, may: (address: string) => boolean = everyAddress) => {
    const items = []
    for (let item; (item = queue.next(may));) items.push(item)
    return items
  }

  it('serves addresses in turn, and each address in order', () => {
    expect(emptied(filled('a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'b2'))).toEqual([
      'a1',
      'b1',
      'c1',
      'a2',
      'b2',
      'a3',
      'a4',
    ])
  })

  it('skips addresses that may not run', () => {
    const queue = filled('a1', 'a2', 'b1')
    expect(emptied(queue, (address) => address !== 'a')).toEqual(['b1'])
    expect([queue.size(), queue.of('a'), queue.addresses()]).toEqual([2, 2, 1])
  })

  it('drops the newest item of the address with the most items', () => {
    const queue = filled('a1', 'b1', 'b2', 'b3', 'c1')
    expect([queue.dropLast(), queue.dropLast(), queue.size()]).toEqual(['b3', 'b2', 3])
  })

  it('forgets removed items', () => {
    const queue = filled('a1', 'a2', 'b1')
    queue.remove('a', 'a1')
    queue.remove('a', 'never there')
    expect(queue.heads()).toEqual(['a2', 'b1'])
    expect(emptied(queue)).toEqual(['a2', 'b1'])
    expect([queue.size(), queue.addresses(), queue.dropLast()]).toEqual([0, 0, undefined])
  })
})

describe('a keyed counter', () => {
  it('counts for each key, and in total', () => {
    const counter = openKeyedCounter()
    counter.add('a', 2)
    counter.add('b', 3)
    counter.add('a', -1)
    expect([counter.get('a'), counter.get('b'), counter.get('c'), counter.total()]).toEqual([1, 3, 0, 4])
  })
})

describe('a pruned map', () => {
  it('forgets idle values when it has grown, and no others', () => {
    const map = new PrunedMap(
      (key) => ({ key, isIdle: false }),
      ({ isIdle }) => isIdle,
    )
    const used = Array.from({ length: 50 }, (_, n) => map.obtain(`used ${n}`))
    for (let n = 0; n < 10_000; n += 1) {
      map.obtain(`idle ${n}`).isIdle = true
      expect(map.size).toBeLessThanOrEqual(201)
    }
    expect(used.map(({ key }) => map.get(key))).toEqual(used)
    expect(map.obtain('idle 9999')).toBe(map.get('idle 9999'))
    expect(map.get('idle 0')).toBeUndefined()
  })
})

describe('token buckets', () => {
  it('allow a burst, and refill over time', () => {
    let now = 0
    const buckets = openTokenBuckets({ perSecond: 2, burst: 3 }, () => now)
    const taken = (address: string) => [1, 2, 3, 4].map(() => buckets.take(address))
    expect([taken('a'), taken('b')]).toEqual([
      [true, true, true, false],
      [true, true, true, false],
    ])
    now = 1000
    expect(taken('a')).toEqual([true, true, false, false])
    now = 1_000_000
    expect(taken('a')).toEqual([true, true, true, false])
  })

  it('can be overdrawn, and admit an address again after a pause', () => {
    let now = 0
    const buckets = openTokenBuckets({ perSecond: 1, burst: 10 }, () => now)
    expect(buckets.isEmpty('a')).toBe(false)
    buckets.charge('a', 1000)
    expect([buckets.isEmpty('a'), buckets.isEmpty('b')]).toEqual([true, false])
    now = 10_000
    expect(buckets.isEmpty('a')).toBe(true)
    now = 11_000
    expect(buckets.isEmpty('a')).toBe(false)
    buckets.charge('a', -1000)
    expect(Array.from({ length: 11 }, () => buckets.take('a')).lastIndexOf(true)).toBe(9)
  })
})

describe('a poll', () => {
  const days = (count: number) => ({
    start: '2030-06-01T00:00:00Z',
    end: new Date(Date.UTC(2030, 5, 1 + count)).toISOString().slice(0, 19),
  })
  const output = (value: unknown) => Buffer.from(JSON.stringify(value))

  it.each([
    ['a request for one site and one day', { site: 'saf', ...days(1) }],
    ['a request for three days', { site: 'saf', ...days(3) }],
    ['a request with a list of one site', { site: ['saf'], ...days(1) }],
    [
      'the request that the observatory sends',
      { site: 'saf', start: '2030-06-01T16:15Z', end: '2030-06-02T16:15Z', 'full_project_details:': false },
    ],
    ['a request without project details', { site: 'saf', ...days(1), full_project_details: false }],
  ])('is %s', (_, body) => {
    expect(isPoll(output(body))).toBe(true)
  })

  it.each([
    ['a request for four days', { site: 'saf', ...days(4) }],
    ['a request for two sites', { site: ['saf', 'mrc1'], ...days(1) }],
    ['a request without a site', days(1)],
    ['a request for a window that ends before it starts', { site: 'saf', start: days(1).end, end: days(1).start }],
    ['a request with an invalid time', { site: 'saf', start: 'now', end: days(1).end }],
    ['a request with project details', { site: 'saf', ...days(1), full_project_details: true }],
    ['a request with a long body', { site: 'saf', ...days(1), filler: 'x'.repeat(2048) }],
    ['null', null],
    ['a list', [{ site: 'saf', ...days(1) }]],
  ])('is not %s', (_, body) => {
    expect(isPoll(output(body))).toBe(false)
  })

  it('is not a body of invalid JSON', () => {
    expect([isPoll(Buffer.from('{"site":')), isPoll(Buffer.from([0xff])), isPoll(Buffer.alloc(0))]).toEqual([
      false,
      false,
      false,
    ])
  })

  it('can be a query string', () => {
    const { start, end } = days(3)
    expect(isPollQuery(`site=saf&start=${start}&end=${end}`)).toBe(true)
    expect(isPollQuery(`site=saf&site=mrc1&start=${start}&end=${end}`)).toBe(false)
    expect(isPollQuery(`site=saf&start=${start}&end=${days(4).end}`)).toBe(false)
    expect(isPollQuery(`site=saf&start=${start}&end=${end}&full_project_details=true`)).toBe(false)
    expect(isPollQuery(`site=saf&start=${start}&end=${end}&x=${'x'.repeat(2048)}`)).toBe(false)
  })
})

describe('the limit of unsent bytes', () => {
  const unread = () =>
    openUnsentBytes({ poll: 10, unread: 100, unreadPerAddress: 50, unreadPolls: 30, unreadPollsPerAddress: 20 })
  const busy = expect.objectContaining({ code: 'busy' }) as Error

  it('applies per address and in total, until responses are sent', () => {
    const room = unread()
    const read = room.reserve('a', 30, false)
    expect(() => room.reserve('a', 30, false)).toThrow(busy)
    room.reserve('a', 20, false)
    room.reserve('b', 40, false)
    expect(() => room.reserve('c', 20, false)).toThrow(busy)
    read()
    room.reserve('c', 20, false)
    expect(room.total()).toBe(80)
  })

  it('lets an address without unsent bytes exceed its share, but never the total', () => {
    const room = unread()
    room.reserve('a', 90, false)
    expect(() => room.reserve('a', 1, false)).toThrow(busy)
    expect(() => unread().reserve('a', 101, false)).toThrow(expect.objectContaining({ code: 'too_large' }))
  })

  it('is a separate one for polls, if their responses are small', () => {
    const room = unread()
    room.reserve('a', 100, false)
    room.reserve('a', 10, true)
    room.reserve('a', 10, true)
    expect(() => room.reserve('a', 10, true)).toThrow(busy)
    room.reserve('b', 10, true)
    expect(() => room.reserve('c', 10, true)).toThrow(busy)
    expect(() => unread().reserve('a', 101, true)).toThrow(expect.objectContaining({ code: 'too_large' }))
  })
})

it.each([
  ['/dev/siteevents?site=saf', '/dev/siteevents', 'site=saf'],
  ['/%64ev/siteevents', '/dev/siteevents', ''],
  ['/dev/./x/../siteevents?a=%20#b', '/dev/siteevents', 'a=%20'],
  ['/dev/%2e%2e/dev/newevent', '/dev/newevent', ''],
  ['http://x/dev/newevent?x', '/dev/newevent', 'x'],
  ['http://x', '/', ''],
  ['/%', '/%', ''],
  ['//x/dev', '//x/dev', ''],
  ['*', '', ''],
  ['http://[', '', ''],
  ['/dev\\newevent', '', ''],
  ['/dev/newevent?a=\\', '/dev/newevent', 'a=\\'],
  ['/dev/%ff%64', '/dev/%ff%64', ''],
  ['/dev/a%2Fb%252F', '/dev/a%2Fb%2F', ''],
  ['file:///etc/passwd', '', ''],
])('the request target %s has the path %s', (named, path, query) => {
  expect(parseRequestTarget(named)).toEqual({ path, query })
})

it.each([
  ['calendar.example.org', true],
  ['Calendar.example.org', true],
  ['127.0.0.1:8000', true],
  ['calendar:80', true],
  ['[::1]:8000', true],
  ['[::1]', true],
  [undefined, false],
  ['', false],
  ['a b', false],
  ['a/b', false],
  ['a?b', false],
  ['user@calendar', false],
  ['calendar:99999', false],
  ['calendar:', false],
  ['%63alendar', false],
  ['a, b', false],
])('the Host header %s is valid: %s', (host, valid) => {
  expect(isHost(host)).toBe(valid)
})

it('a connection pauses between the pieces of its headers, until they are complete', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const socket = Object.assign(new EventEmitter(), {
    remoteAddress: '203.0.113.1',
    bytesRead: 0,
    pause: vi.fn(),
    resume: vi.fn(),
  })
  const connections = openConnections({
    max: 10,
    maxPerAddress: 10,
    stalledMs: 30_000,
    isRefused: () => false,
    onClosed: () => {},
  })
  onTestFinished(() => connections.stop())
  connections.open(socket as unknown as Socket)
  socket.bytesRead = 1
  vi.advanceTimersByTime(300)
  expect(socket.resume).toHaveBeenCalledOnce()
  expect(socket.pause).toHaveBeenCalledOnce()
  const connection = connections.get(socket as unknown as Socket)
  connections.requestBegan(connection ?? expect.fail(), {
    phase: 'running',
    endConnection: () => {},
    reject: () => {},
    onClosed: () => {},
  })
  vi.advanceTimersByTime(600)
  expect(socket.pause).toHaveBeenCalledOnce()
})

it('reading a body pauses between small pieces, but not after the first and the last', async () => {
  const socket = { pause: vi.fn(), resume: vi.fn() }
  const incoming = Object.assign(new EventEmitter(), { socket, headers: { 'content-length': '40' }, resume: vi.fn() })
  const done = vi.fn()
  readBody(incoming as unknown as IncomingMessage, 100, done)
  for (let n = 0; n < 4; n += 1) {
    incoming.emit('data', Buffer.alloc(10))
    await vi.waitFor(() => expect(socket.resume).toHaveBeenCalledTimes(socket.pause.mock.calls.length))
  }
  incoming.emit('end')
  expect(done).toHaveBeenCalledWith(Buffer.alloc(40))
  // Not after the first piece, which may be the whole body, nor after the last.
  expect(socket.pause).toHaveBeenCalledTimes(2)
})
