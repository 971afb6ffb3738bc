import { describe, expect, it } from 'vitest'
import { openSemaphore, openTurns, CHUNK_BYTES, takeChunk } from '../src/concurrency.ts'

describe('a chunk', () => {
  it('has at least one row, ends when it is large, and reads nothing beyond', () => {
    let read = 0
    function* rows(size: number) {
      for (;;) {
        read += 1
        yield size
      }
    }
    const lengthOf = (size: number, max?: number) => {
      read = 0
      return [takeChunk(rows(size), (one) => one, max).length, read]
    }
    expect(lengthOf(CHUNK_BYTES * 10)).toEqual([1, 1])
    expect(lengthOf(CHUNK_BYTES / 4)).toEqual([4, 4])
    expect(lengthOf(0, 7)).toEqual([7, 7])
    expect(takeChunk([], () => 1)).toEqual([])
  })
})

describe('a semaphore', () => {
  const rejection = () => new Error('full')

  it('admits a limited number, then who has waited longest, and rejects beyond a full queue', async () => {
    const semaphore = openSemaphore({ concurrency: 2, maxWaiting: 2, busyError: rejection })
    const entered: string[] = []
    const enter = async (name: string) => {
      const leave = await semaphore.acquire()
      entered.push(name)
      return leave
    }
    const [a, b] = await Promise.all([enter('a'), enter('b')])
    const [c, d] = [enter('c'), enter('d')]
    await expect(enter('e')).rejects.toThrow('full')
    expect([semaphore.active(), semaphore.waiting()]).toEqual([2, 2])
    b()
    const leaveC = await c
    a()
    const leaveD = await d
    expect(entered).toEqual(['a', 'b', 'c', 'd'])
    leaveC()
    leaveD()
    expect([semaphore.active(), semaphore.waiting()]).toEqual([0, 0])
    await enter('f')
  })

  it('rejects after the timeout, without delaying others', async () => {
    const semaphore = openSemaphore({ concurrency: 1, timeoutMs: 20, busyError: rejection })
    const leave = await semaphore.acquire()
    await expect(semaphore.acquire()).rejects.toThrow('full')
    expect(semaphore.waiting()).toBe(0)
    leave()
    await expect(semaphore.acquire()).resolves.toBeTypeOf('function')
  })
})

describe('turns', () => {
  it('run work one after the other for each key, in order, and go on after an error', async () => {
    const turns = openTurns()
    const events: string[] = []
    const working = (name: string, key: string, error?: Error) =>
      turns(key, async () => {
        events.push(`${name} begins`)
        await Promise.resolve()
        if (error) throw error
        events.push(`${name} ends`)
        return name
      })
    const outcomes = await Promise.allSettled([
      working('a1', 'a'),
      working('a2', 'a', new Error('not today')),
      working('a3', 'a'),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(events).toEqual(['a1 begins', 'a1 ends', 'a2 begins', 'a3 begins', 'a3 ends'])
    events.length = 0
    await Promise.all([working('a4', 'a'), working('b1', 'b')])
    expect(events.indexOf('b1 begins')).toBeLessThan(events.indexOf('a4 ends'))
  })
})
