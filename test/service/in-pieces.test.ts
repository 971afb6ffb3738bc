import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Failure } from '../../src/domain/failure.ts'
import { inPieces } from '../../src/service/change.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

describe('a long list in pieces', () => {
  it('is applied whole, each entry once and in order, whatever the store takes at once', async () => {
    const bulk = fc.record({ size: fc.integer({ min: 1, max: 9 }), lanes: fc.integer({ min: 1, max: 5 }) })
    await fc.assert(
      fc.asyncProperty(fc.nat(60), bulk, fc.integer({ min: 1, max: 9 }), async (count, { size, lanes }, most) => {
        let [now, together] = [0, 0]
        const applied: number[] = []
        const done = await inPieces(numbers(count), { size, lanes }, async (piece) => {
          together = Math.max(together, (now += 1))
          await Promise.resolve()
          now -= 1
          if (piece.length > most) throw new Failure('too_large', 'too many')
          applied.push(...piece)
          return piece.map((n) => -n)
        })
        expect(done).toEqual(numbers(count).map((n) => -n))
        expect(applied.toSorted((a, b) => a - b)).toEqual(numbers(count))
        expect(together).toBeLessThanOrEqual(lanes)
      }),
    )
  })

  it('is not tried again and again in pieces that are too much', async () => {
    let refused = 0
    const applied: number[] = []
    await inPieces(numbers(1000), { size: 24, lanes: 2 }, async (piece) => {
      await Promise.resolve()
      if (piece.length > 22) {
        refused += 1
        throw new Failure('too_large', 'too many')
      }
      applied.push(piece.length)
      return piece
    })
    expect(refused).toBeLessThan(applied.length / 10)
    expect(applied.length).toBeLessThan((1000 / 22) * 1.3)
  })

  it('is in larger pieces again after a few that have to be small', async () => {
    const sizes: number[] = []
    await inPieces(numbers(1000), { size: 20, lanes: 1 }, (piece) => {
      if (piece.some((n) => n < 5) && piece.length > 1) return Promise.reject(new Failure('too_large', 'too many'))
      sizes.push(piece.length)
      return Promise.resolve(piece)
    })
    expect(sizes.slice(0, 4)).toEqual([1, 1, 1, 1])
    expect(Math.max(...sizes)).toBe(20)
  })

  it('that fails in a piece says so once nothing is under way any more', async () => {
    let under = 0
    const applying = inPieces(numbers(40), { size: 5, lanes: 4 }, async (piece) => {
      under += 1
      for (let turn = 0; turn < (piece[0] ?? 0); turn += 1) await Promise.resolve()
      under -= 1
      if (piece[0] === 10) throw new Failure('unavailable', 'not now')
      return piece
    })
    await expect(applying).rejects.toMatchObject({ code: 'unavailable' })
    expect(under).toBe(0)
  })

  it('whose entry is too much by itself is refused for it', async () => {
    const applying = inPieces(numbers(8), { size: 4, lanes: 1 }, async (piece) => {
      if (piece.includes(6)) throw new Failure('too_large', 'six')
      return piece
    })
    await expect(applying).rejects.toMatchObject({ code: 'too_large', message: 'six' })
  })
})
