import { describe, expect, it } from 'vitest'
import { openSemaphore, CHUNK_BYTES, takeChunk } from '../src/concurrency.ts'

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
