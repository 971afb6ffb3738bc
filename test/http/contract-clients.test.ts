import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ask, type Name, serve, type TestServer, newEvent } from '../server.ts'

/*
 * The requests of the network's own programs, in their order and format.
 */

let server: TestServer
beforeAll(async () => {
  server = await serve()
})
afterAll(() => server.stop())

/** Finds an event in a list as the browser client reads it: without a token. */
const listed = async (event: { site: string; event_id: string; start: string }) => {
  const day = event.start.slice(0, 10)
  const window = { site: event.site, start: `${day}T00:00:00Z`, end: `${day}T23:59:59Z`, full_project_details: true }
  const { body } = await server.post('siteevents', window, { headers: BROWSER })
  return body.find(({ event_id }: { event_id: string }) => event_id === event.event_id)
}

const BROWSER = {
  'Content-Type': 'application/json;charset=UTF-8',
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Credentials': 'true',
}
const browser = (as: Name): Ask => ({ as, headers: BROWSER })
const whole = async (event_id: string) => (await server.post('get-event', { event_id }, { key: true })).body

/** Creates a reservation of Ada, named by her email address, at noon of a new day. */
let days = 0
async function adas(overrides: Readonly<Record<string, unknown>> = {}) {
  const day = new Date(Date.UTC(2032, 0, (days += 1))).toISOString().slice(0, 10)
  const event = newEvent({
    start: `${day}T12:00:00Z`,
    end: `${day}T12:30:00Z`,
    creator_id: 'demo|ada',
    creator: 'ada@example.org',
    ...overrides,
  })
  const { body } = await server.post('newevent', event, { key: true })
  return body.new_calendar_event
}

describe('the browser client’s drag', () => {
  it.each([
    ['an email address', 'M31 by ada@example.org', 'M31 by ada'],
    ['an @ outside an address', 'M31 @ f/8', 'M31 @ f/8'],
    ['an @ and an email address', 'M31 @ f/8 by Ada <ada@example.org>', 'M31 @ f/8 by Ada <ada>'],
  ])('keeps a title with %s', async (_, title, seen) => {
    const event = await adas({ title })
    const read = await listed(event)
    expect(read).toMatchObject({ title: seen, creator: 'ada' })
    const end = read.end.replace(':30:00Z', ':45:00Z')
    const dragged = await server.post(
      'modifyevent',
      { originalEvent: read, modifiedEvent: { ...read, end } },
      browser('ada'),
    )
    expect([dragged.status, dragged.body.modified_calendar_event]).toEqual([
      200,
      { ...event, end, last_modified: expect.any(String) },
    ])
    const again = await server.post('modifyevent', { ...(await listed(event)), end: event.end }, browser('ada'))
    expect([again.status, await whole(event.event_id)]).toEqual([200, { ...event, last_modified: expect.any(String) }])
  })

  it('gives a copy the name of the observer who copies', async () => {
    const event = await adas()
    const read = await listed(event)
    const copy = {
      ...read,
      event_id: `${read.event_id}-copy`,
      start: read.start.replace('T12', 'T14'),
      end: read.end.replace('T12', 'T14'),
    }
    const { status, body } = await server.post('newevent', copy, browser('ada'))
    expect([status, body.new_calendar_event.creator, body.new_calendar_event.creator_id]).toEqual([
      200,
      'Ada Lovelace',
      'demo|ada',
    ])
  })

  it('by an admin keeps the title and the creator', async () => {
    const event = await adas({ title: 'M31 by ada@example.org' })
    const read = await listed(event)
    await server.post(
      'modifyevent',
      { originalEvent: read, modifiedEvent: { ...read, reservation_note: 'moved' } },
      browser('grace'),
    )
    expect(await whole(event.event_id)).toMatchObject({
      title: event.title,
      creator: event.creator,
      reservation_note: 'moved',
    })
  })

  it('changes a title that the observer rewrote', async () => {
    const event = await adas({ title: 'M31 by ada@example.org' })
    const read = await listed(event)
    await server.post(
      'modifyevent',
      { originalEvent: read, modifiedEvent: { ...read, title: 'M33 by ada' } },
      browser('ada'),
    )
    expect((await whole(event.event_id)).title).toBe('M33 by ada')
  })
})
