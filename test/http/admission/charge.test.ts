import { expect, it } from 'vitest'
import { openQuota } from '../../../src/http/admission/quota.ts'
import { openCharge } from '../../../src/http/admission/charge.ts'

let now = 0
const allowanceOf = (max: number) => openQuota({ max, windowMs: 1000, message: 'Too much.', clock: () => now })

const billOf = (allowance: ReturnType<typeof allowanceOf>, charged: number) => {
  allowance.take('ada', charged)
  return openCharge([{ allowance, name: 'ada', charged, unitsOf: ({ changes }) => changes }])
}

it('what is written beyond what was taken is owed, and keeps out who comes after', () => {
  const allowance = allowanceOf(10)
  const [first, second] = [billOf(allowance, 2), billOf(allowance, 2)]
  first.add({ changes: 20, bytes: 0 })
  first.add({ changes: 1, bytes: 0 })
  expect(() => second.add({ changes: 1, bytes: 0 })).toThrow('Too much.')
  // Though what the second had taken has been given back: it is refused for good.
  expect(() => second.add({ changes: 1, bytes: 0 })).toThrow('Too much.')
  expect(() => billOf(allowance, 1)).toThrow('Too much.')
  now += 1000
  billOf(allowance, 10)
})

it('what is taken off again, or was taken and not used, is left for others', () => {
  const allowance = allowanceOf(10)
  const bill = billOf(allowance, 4)
  const takeOff = bill.add({ changes: 9, bytes: 0 })
  expect(() => billOf(allowance, 2)).toThrow('Too much.')
  takeOff()
  billOf(allowance, 6)
  bill.add({ changes: 3, bytes: 0 })
  bill.settle()
  billOf(allowance, 1)
  expect(() => billOf(allowance, 1)).toThrow('Too much.')
})

it('what was taken in a time that is over is not given back in the next', () => {
  const allowance = allowanceOf(10)
  const bill = billOf(allowance, 10)
  now += 1000
  bill.settle()
  billOf(allowance, 10)
  expect(() => billOf(allowance, 1)).toThrow('Too much.')
})
