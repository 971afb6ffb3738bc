import ICAL from 'ical.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fromNow, freshId, serve, type TestServer } from '../server.ts'

let server: TestServer
beforeAll(async () => {
  server = await serve()
})
afterAll(() => server.stop())

const ada = { as: 'ada' } as const
/** A reservation of an hour at `saf`, so many hours from now. */
const made = async (hours: number, more: object = {}) => {
  const event = {
    event_id: freshId(),
    site: 'saf',
    start: fromNow(hours * 60),
    end: fromNow(hours * 60 + 60),
    title: 'مرصد 🔭 ada@example.org',
    ...more,
  }
  expect((await server.post('newevent', event, ada)).status).toBe(200)
  return event
}

/** The events of a feed, by their uids. */
async function eventsOf(path: string) {
  const { status, type, text } = await server.get(path)
  expect([status, type]).toEqual([200, 'text/calendar; charset=utf-8'])
  const events = new ICAL.Component(ICAL.parse(text)).getAllSubcomponents('vevent').map((event) => {
    const [uid, summary, state, sequence] = ['uid', 'summary', 'status', 'sequence'].map((name) =>
      String(event.getFirstPropertyValue(name)),
    ) as [string, string, string, string]
    const start = String(event.getFirstPropertyValue('dtstart'))
    return [uid, { summary, state, sequence, start }] as const
  })
  return Object.fromEntries(events)
}

describe('a calendar feed', () => {
  it('follows a reservation that is made, moved, cancelled and restored', async () => {
    const before = Object.keys(await eventsOf('sites/saf.ics'))
    const { event_id, start, end } = await made(100)
    const theOne = async () => {
      const events = await eventsOf('sites/saf.ics')
      const [uid = '', ...rest] = Object.keys(events).filter((one) => !before.includes(one))
      expect(rest).toEqual([])
      return { uid, ...events[uid] }
    }
    const first = await theOne()
    expect(first).toMatchObject({ summary: 'مرصد 🔭 ada', state: 'CONFIRMED', sequence: '0', start })
    const moved = { start: fromNow(110 * 60), end: fromNow(111 * 60) }
    expect((await server.post('modifyevent', { event_id, ...moved }, ada)).status).toBe(200)
    expect(await theOne()).toEqual({ ...first, sequence: '1', start: moved.start })
    expect((await server.post('delete', { event_id }, ada)).status).toBe(200)
    expect(await theOne()).toEqual({ ...first, state: 'CANCELLED', sequence: '2', start: moved.start })
    expect((await server.post('restore-event', { event_id, revision: 1 }, ada)).status).toBe(200)
    expect(await theOne()).toEqual({ ...first, sequence: '3' })
    expect(end > start).toBe(true)
  })

  it('has the same bytes and the same tag until something changes', async () => {
    const first = await server.get('sites/saf.ics')
    const tag = first.headers.get('etag') ?? ''
    expect((await server.get('sites/saf.ics')).text).toBe(first.text)
    const known = await server.get('sites/saf.ics', { headers: { 'If-None-Match': tag } })
    expect([known.status, known.headers.get('etag'), known.text]).toEqual([304, tag, ''])
    const { status, headers, text } = await server.send('HEAD', `${server.base}/sites/saf.ics`)
    expect([status, headers.get('etag'), text]).toEqual([200, tag, ''])
    await made(200)
    expect((await server.get('sites/saf.ics', { headers: { 'If-None-Match': tag } })).status).toBe(200)
  })

  it('of an observer is made, read without a token, and revoked', async () => {
    await made(300)
    const { body } = await server.post('calendar-feeds', { make: true }, ada)
    const { feed_id, secret, path } = body.made
    expect(body.feeds).toContainEqual({ feed_id, made_at: body.made.made_at })
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    expect(Object.values(await eventsOf(path)).map(({ summary }) => summary)).toContain('مرصد 🔭 ada@example.org')
    expect((await server.post('calendar-feeds', { feed_id, revoke: true }, { as: 'bo' })).status).toBe(404)
    const revoked = await server.post('calendar-feeds', { feed_id, revoke: true }, ada)
    expect([revoked.status, revoked.headers.get('cache-control')]).toEqual([200, 'no-store'])
    const gone = await server.get(path)
    const unknown = await server.get(`feeds/${'x'.repeat(43)}.ics`)
    expect([gone.status, gone.type, gone.body]).toEqual([404, 'application/json', 'There is no such feed.'])
    expect([unknown.status, unknown.type, unknown.body]).toEqual([gone.status, gone.type, gone.body])
  })
})
