import { beforeEach, describe, expect, it } from 'vitest'
import { type Quota, openQuota } from '../../../src/http/admission/quota.ts'

let now = 0
let allowance: Quota
beforeEach(() => {
  now = 5000
  allowance = openQuota({ max: 10, message: 'Too much.', clock: () => now })
})

describe('the allowance of an address', () => {
  it('is for an hour, which begins with what is done first', () => {
    allowance.take('a', 4)
    now += 3_599_000
    allowance.take('a', 6)
    expect(() => allowance.take('a', 1)).toThrow(
      expect.objectContaining({ code: 'rate_limited', message: 'Too much.', retryAfter: 1 }),
    )
    now += 1000
    allowance.take('a', 10)
  })

  it('may be for another time than an hour', () => {
    const brief = openQuota({ max: 1, windowMs: 60_000, message: 'Too much.', clock: () => now })
    brief.take('a', 1)
    now += 59_000
    expect(() => brief.take('a', 1)).toThrow(expect.objectContaining({ retryAfter: 1 }))
    now += 1000
    brief.take('a', 1)
  })

  it('is its own', () => {
    allowance.take('a', 10)
    allowance.take('b', 10)
  })

  it('is not touched by who asks for more than is left', () => {
    allowance.take('a', 1)
    for (let n = 0; n < 3; n += 1) expect(() => allowance.take('a', 10)).toThrow('Too much.')
    allowance.take('a', 9)
  })

  it('has again what was not used', () => {
    allowance.take('a', 10)
    allowance.refund('a', 7)
    allowance.take('a', 7)
    expect(() => allowance.take('a', 1)).toThrow('Too much.')
  })

  it('is never more than it was, though what was taken in the time before is given back', () => {
    allowance.take('a', 8)
    now += 3_600_000
    allowance.refund('a', 8)
    allowance.take('a', 10)
    expect(() => allowance.take('a', 1)).toThrow('Too much.')
  })

  it('may be overdrawn by what was not known beforehand, and then waits for the hour to end', () => {
    allowance.take('a', 1)
    allowance.refund('a', -20)
    expect(() => allowance.take('a', 1)).toThrow('Too much.')
    now += 3_600_000
    allowance.take('a', 10)
  })

  it('is remembered for ten thousand addresses, those that asked last', () => {
    allowance.take('first', 10)
    for (let n = 0; n < 9999; n += 1) allowance.take(`address ${n}`, 10)
    expect(() => allowance.take('first', 1)).toThrow('Too much.')
    for (let n = 0; n < 10_000; n += 1) allowance.take(`another ${n}`, 1)
    allowance.take('first', 10)
  })
})
