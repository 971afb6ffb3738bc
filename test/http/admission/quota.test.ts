import { beforeEach, describe, expect, it } from 'vitest'
import { type Quota, openQuota } from '../../../src/http/admission/quota.ts'

let now = 0
let quota: Quota
beforeEach(() => {
  now = 5000
  quota = openQuota({ max: 10, message: 'Too much.', clock: () => now })
})

describe('the quota of an address', () => {
  it('lasts for an hour from the first request', () => {
    quota.take('a', 4)
    now += 3_599_000
    quota.take('a', 6)
    expect(() => quota.take('a', 1)).toThrow(
      expect.objectContaining({ code: 'rate_limited', message: 'Too much.', retryAfter: 1 }),
    )
    now += 1000
    quota.take('a', 10)
  })

  it('can have another time window than an hour', () => {
    const brief = openQuota({ max: 1, windowMs: 60_000, message: 'Too much.', clock: () => now })
    brief.take('a', 1)
    now += 59_000
    expect(() => brief.take('a', 1)).toThrow(expect.objectContaining({ retryAfter: 1 }))
    now += 1000
    brief.take('a', 1)
  })

  it('is independent of other addresses', () => {
    quota.take('a', 10)
    quota.take('b', 10)
  })

  it('is not reduced by a request that exceeds it', () => {
    quota.take('a', 1)
    for (let n = 0; n < 3; n += 1) expect(() => quota.take('a', 10)).toThrow('Too much.')
    quota.take('a', 9)
  })

  it('grows again by refunded units', () => {
    quota.take('a', 10)
    quota.refund('a', 7)
    quota.take('a', 7)
    expect(() => quota.take('a', 1)).toThrow('Too much.')
  })

  it('never exceeds its maximum after a refund for an earlier hour', () => {
    quota.take('a', 8)
    now += 3_600_000
    quota.refund('a', 8)
    quota.take('a', 10)
    expect(() => quota.take('a', 1)).toThrow('Too much.')
  })

  it('can be overdrawn, and then blocks until the hour ends', () => {
    quota.take('a', 1)
    quota.refund('a', -20)
    expect(() => quota.take('a', 1)).toThrow('Too much.')
    now += 3_600_000
    quota.take('a', 10)
  })

  it('is remembered for the ten thousand addresses that used it last', () => {
    quota.take('first', 10)
    for (let n = 0; n < 9999; n += 1) quota.take(`address ${n}`, 10)
    expect(() => quota.take('first', 1)).toThrow('Too much.')
    for (let n = 0; n < 10_000; n += 1) quota.take(`another ${n}`, 1)
    quota.take('first', 10)
  })
})
