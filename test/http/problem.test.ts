import { expect, it } from 'vitest'
import { Conflict } from '../../src/domain/conflict.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { problemOf } from '../../src/http/problem.ts'
import { bo, proposed } from '../context.ts'

it('the problem details of a conflict read only the reservations that they list', () => {
  let looks = 0
  const looked = (reservation: Reservation): Reservation => ({
    ...reservation,
    get creator() {
      looks += 1
      return reservation.creator
    },
  })
  const inTheWay = Array.from({ length: 1000 }, () => looked(proposed({ by: bo })))
  const { detail, extra } = problemOf(new Conflict(proposed(), inTheWay))
  expect(detail).toMatch(/^saf is taken by bo \(.* and 999 more\.$/)
  expect(extra).toMatchObject({ conflicts: { length: 20 } })
  expect(looks).toBeLessThan(100)
})
