import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Failure } from '../../src/domain/failure.ts'
import { inBatches } from '../../src/service/commit.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

describe('a list in batches', () => {
  it('is applied completely, each entry once and in order, whatever size the store accepts', async () => {
    const bulk = fc.record({ size: fc.integer({ min: 1, max: 9 }), lanes: fc.integer({ min: 1, max: 5 }) })
    await fc.assert(
      fc.asyncProperty(
        fc.nat(60),
        bulk,
        fc.integer({ min: 1, max: 9 }),
        async (count, { size, lanes: concurrency }, max) => {
          let [now, maxConcurrent] = [0, 0]
          const applied: number[] = []
          const done = await inBatches(numbers(count), { size, concurrency }, async (chunk) => {
            maxConcurrent = Math.max(maxConcurrent, (now += 1))
            await Promise.resolve()
            now -= 1
            if (chunk.length > max) throw new Failure('too_large', 'too many')
            applied.push(...chunk)
            return chunk.map((n) => -n)
          })
          expect(done).toEqual(numbers(count).map((n) => -n))
          expect(applied.toSorted((a, b) => a - b)).toEqual(numbers(count))
          expect(maxConcurrent).toBeLessThanOrEqual(concurrency)
        },
      ),
    )
  })

  it('is not retried in batches of a size that was too large', async () => {
    let rejected = 0
    const applied: number[] = []
    await inBatches(numbers(1000), { size: 24, concurrency: 2 }, async (chunk) => {
      await Promise.resolve()
      if (chunk.length > 22) {
        rejected += 1
        throw new Failure('too_large', 'too many')
      }
      applied.push(chunk.length)
      return chunk
    })
    expect(rejected).toBeLessThan(applied.length / 10)
    expect(applied.length).toBeLessThan((1000 / 22) * 1.3)
  })

  it('uses larger batches again after a few small ones', async () => {
    const sizes: number[] = []
    await inBatches(numbers(1000), { size: 20, concurrency: 1 }, (chunk) => {
      if (chunk.some((n) => n < 5) && chunk.length > 1) return Promise.reject(new Failure('too_large', 'too many'))
      sizes.push(chunk.length)
      return Promise.resolve(chunk)
    })
    expect(sizes.slice(0, 4)).toEqual([1, 1, 1, 1])
    expect(Math.max(...sizes)).toBe(20)
  })

  it('rejects with the error of a batch after all batches have ended', async () => {
    let under = 0
    const applying = inBatches(numbers(40), { size: 5, concurrency: 4 }, async (chunk) => {
      under += 1
      for (let turn = 0; turn < (chunk[0] ?? 0); turn += 1) await Promise.resolve()
      under -= 1
      if (chunk[0] === 10) throw new Failure('unavailable', 'not now')
      return chunk
    })
    await expect(applying).rejects.toMatchObject({ code: 'unavailable' })
    expect(under).toBe(0)
  })

  it('is rejected if a single entry is too large', async () => {
    const applying = inBatches(numbers(8), { size: 4, concurrency: 1 }, async (chunk) => {
      if (chunk.includes(6)) throw new Failure('too_large', 'six')
      return chunk
    })
    await expect(applying).rejects.toMatchObject({ code: 'too_large', message: 'six' })
  })
})
