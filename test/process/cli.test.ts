import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT } from '../../src/cli/cli-error.ts'
import { command } from '../cli/folder.ts'
import { type Calendar, home, post, startCalendar, withToken } from './calendar.ts'

let place: Awaited<ReturnType<typeof home>>
let calendar: Calendar
beforeAll(async () => {
  place = await home()
  calendar = await startCalendar({ ...place.environment, LOG_LEVEL: 'warn', WRITE_GAURD: 'strict' })
})
afterAll(() => place.remove())

describe('serve', () => {
  it('exits with an error if its port is taken', async () => {
    const { code, err } = await command({ ...place.environment, STORE: `${place.environment.STORE}.other` }, ['serve'])
    expect([code, err]).toEqual([
      EXIT.unable,
      `Port ${place.environment.PORT} on 127.0.0.1 is already in use: stop what listens there, or set PORT.\n`,
    ])
  })
})

describe('token', () => {
  it('prints a token with which one can reserve', async () => {
    const { code, out } = await command(place.environment, ['token', '--as', 'ada'])
    expect(code).toBe(0)
    const proposed = { event_id: 'adas', site: 'saf', start: '2030-06-20T04:15:00Z' }
    const { status, value } = await post(`${calendar.base}/newevent`, proposed, withToken(out.trim()))
    expect(status).toBe(200)
    expect(value).toMatchObject({
      new_calendar_event: { ...proposed, creator_id: 'demo|ada', creator: 'Ada Lovelace' },
    })
  })
})

it('serve logs names that are nearly settings', async () => {
  const { out } = await calendar.end('SIGTERM')
  expect(out).toContain('WRITE_GAURD is no setting; is WRITE_GUARD meant?')
})
