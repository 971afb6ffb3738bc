import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { Failure } from '../../src/domain/failure.ts'
import { parseInput } from '../../src/http/endpoint.ts'

const entry = z.string().min(1, 'must not be empty')
const definition = {
  input: z.object({ events: z.array(entry), name: z.string().nullish() }),
  maxEntries: { events: 5000 },
}
const many = (odd: Readonly<Record<number, unknown>> = {}) =>
  Array.from({ length: 5000 }, (_, n) => (n in odd ? odd[n] : `e${n}`))

describe('a long list', () => {
  it('is parsed completely, with the other fields', async () => {
    expect(await parseInput(definition, { events: many(), name: 'x', other: 1 })).toEqual({ events: many(), name: 'x' })
    expect(await parseInput(definition, { events: many().slice(0, 501) })).toEqual({ events: many().slice(0, 501) })
  })

  it('has its problems reported by index, and those of other fields once', async () => {
    const failure = (await parseInput(definition, {
      events: many({ 0: 1, 499: '', 500: '', 4999: null }),
      name: 7,
    }).catch((error: unknown) => error)) as Failure
    expect(failure.message).toBe('Error: events.0 must be a string')
    expect(failure.details).toEqual([
      { field: 'events.0', message: 'must be a string' },
      { field: 'events.499', message: 'must not be empty' },
      { field: 'name', message: 'must be a string' },
      { field: 'events.500', message: 'must not be empty' },
      { field: 'events.4999', message: 'must be a string' },
    ])
  })

  it('yields to the event loop in between', async () => {
    let turns = 0
    let counting: NodeJS.Immediate
    const count = () => {
      turns += 1
      counting = setImmediate(count)
    }
    counting = setImmediate(count)
    await parseInput(definition, { events: many() })
    clearImmediate(counting)
    expect(turns).toBeGreaterThanOrEqual(9)
  })
})
