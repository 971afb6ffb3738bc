import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ask, type Name, serve, type TestServer, newEvent } from '../server.ts'

/*
 * What the network's own programs send, in the order and the form in which they do.
 */

let server: TestServer
beforeAll(async () => {
  server = await serve()
})
afterAll(() => server.stop())

/** The browser client reads lists without a token, whoever has signed in. */
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

/** Ada's, whose account is called by her address, at noon of a day of its own. */
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
    ['an address', 'M31 by ada@example.org', 'M31 by ada'],
    ['an @ that is none', 'M31 @ f/8', 'M31 @ f/8'],
    ['both', 'M31 @ f/8 by Ada <ada@example.org>', 'M31 @ f/8 by Ada <ada>'],
  ])('leaves a title with %s as it was', async (_, title, seen) => {
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

  it('when it copies, gives the copy the observer’s own name', async () => {
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

  it('leaves it so for an admin too', async () => {
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

  it('changes a title that was written anew', async () => {
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
