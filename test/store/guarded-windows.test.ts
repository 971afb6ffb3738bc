import { expect, it } from 'vitest'
import { DAY, HOUR } from '../../src/domain/interval.ts'
import { guardedWindows } from '../../src/store/dynamodb/day-index.ts'
import { dayItemKeys } from '../../src/store/dynamodb/items.ts'
import { TODAY } from '../context.ts'

const windowOn = (day: number) => {
  const start = TODAY + day * DAY + HOUR
  return { site: 'saf', during: { start, end: start + HOUR } }
}
/** The items that guard one window: those of its days, and the long one. */
const GUARDS = dayItemKeys('saf', windowOn(0).during).length + 1

it.each([
  [0, 50],
  [5, 40],
  [20, 10],
])('with %i receivers a change guards the days of its windows with %i items at most', (receivers, most) => {
  const areByLong = (count: number) =>
    new Set(
      guardedWindows(
        Array.from({ length: count }, (_, n) => windowOn(2 * n)),
        receivers,
      ).map((one) => one.byLong),
    )
  const count = Math.floor(most / GUARDS)
  expect([...areByLong(count)]).toEqual([false])
  expect([...areByLong(count + 1)]).toEqual([true])
})
