import { beforeEach, describe, expect, it } from 'vitest'
import { type BufferPool, openBufferPool } from '../src/buffer-pool.ts'

const [SMALL, LARGE] = [1000, 300_000]
let pool: BufferPool
beforeEach(() => {
  pool = openBufferPool()
})

describe('a buffer pool', () => {
  it('gives buffers of any size, of which at most a fifth is not used', () => {
    for (let size = 4096; size <= 262_144; size += 997) {
      const buffer = pool.take(size)
      expect(buffer.length).toBe(size)
      expect(buffer.buffer.byteLength).toBeLessThanOrEqual(size * 1.2)
    }
    for (const size of [0, 1, SMALL, LARGE]) expect(pool.take(size).length).toBe(size)
  })

  it('gives the memory of a buffer again once that was given back, and to one caller only', () => {
    const first = pool.take(25_000)
    expect(pool.take(25_000).buffer).not.toBe(first.buffer)
    pool.giveBack(first)
    pool.giveBack(first)
    expect(pool.take(24_900).buffer).toBe(first.buffer)
    expect(pool.take(25_000).buffer).not.toBe(first.buffer)
  })

  it('keeps nothing of small and large buffers, and of others', () => {
    for (const buffer of [pool.take(SMALL), pool.take(LARGE), Buffer.allocUnsafeSlow(25_000)]) {
      pool.giveBack(buffer)
      expect(pool.take(buffer.length).buffer === buffer.buffer).toBe(buffer.length < 4096)
    }
  })

  it('keeps at most 4 MB', () => {
    const taken = Array.from({ length: 40 }, () => pool.take(200_000))
    for (const buffer of taken) pool.giveBack(buffer)
    const again = Array.from({ length: 40 }, () => pool.take(200_000))
    const kept = again.filter(({ buffer }) => taken.some((one) => one.buffer === buffer))
    expect(kept.length).toBeGreaterThan(0)
    expect(kept.reduce((sum, { buffer }) => sum + buffer.byteLength, 0)).toBeLessThanOrEqual(4_000_000)
  })
})
