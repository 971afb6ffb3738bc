import { expect, it } from 'vitest'
import { upcoming } from '../../web/pages/upcoming.ts'
import { at, reserved } from './sites.ts'

it('lists reservations that have not ended by start, so running ones come first', () => {
  const over = reserved('2026-03-15T02:00Z', '2026-03-15T04:00Z', { title: 'over' })
  const running = reserved('2026-03-15T03:00Z', '2026-03-15T09:00Z', { title: 'running' })
  const soon = reserved('2026-03-15T05:00Z', '2026-03-15T06:00Z', { title: 'soon' })
  const later = reserved('2026-03-15T07:00Z', '2026-03-15T08:00Z', { title: 'later' })
  const listed = upcoming([over, soon, later, running], at('2026-03-15T04:00Z'))
  expect(listed.map(({ title }) => title)).toEqual(['running', 'soon', 'later'])
})
