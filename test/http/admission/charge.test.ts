import { expect, it } from 'vitest'
import { openQuota } from '../../../src/http/admission/quota.ts'
import { openCharge } from '../../../src/http/admission/charge.ts'

let now = 0
const quotaOf = (max: number) => openQuota({ max, windowMs: 1000, message: 'Too much.', clock: () => now })

const chargeOf = (quota: ReturnType<typeof quotaOf>, charged: number) => {
  quota.take('ada', charged)
  return openCharge([{ quota, name: 'ada', charged, unitsOf: ({ changes }) => changes }])
}

it('a charge beyond the units that it took is owed, and blocks later charges', () => {
  const quota = quotaOf(10)
  const [first, second] = [chargeOf(quota, 2), chargeOf(quota, 2)]
  first.add({ changes: 20, bytes: 0 })
  first.add({ changes: 1, bytes: 0 })
  expect(() => second.add({ changes: 1, bytes: 0 })).toThrow('Too much.')
  // Although the units of the second charge were returned: its rejection is final.
  expect(() => second.add({ changes: 1, bytes: 0 })).toThrow('Too much.')
  expect(() => chargeOf(quota, 1)).toThrow('Too much.')
  now += 1000
  chargeOf(quota, 10)
})

it('a charge returns cancelled and unused units to the quota', () => {
  const quota = quotaOf(10)
  const charge = chargeOf(quota, 4)
  const takeOff = charge.add({ changes: 9, bytes: 0 })
  expect(() => chargeOf(quota, 2)).toThrow('Too much.')
  takeOff()
  chargeOf(quota, 6)
  charge.add({ changes: 3, bytes: 0 })
  charge.settle()
  chargeOf(quota, 1)
  expect(() => chargeOf(quota, 1)).toThrow('Too much.')
})

it('a charge returns no units to a later time window', () => {
  const quota = quotaOf(10)
  const charge = chargeOf(quota, 10)
  now += 1000
  charge.settle()
  chargeOf(quota, 10)
  expect(() => chargeOf(quota, 1)).toThrow('Too much.')
})
