import { once } from 'node:events'
import { connect } from 'node:net'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type Calendar, home, post, SERVICE_KEY, startCalendar, TRUSTING } from './calendar.ts'

/** After this time a stopping server closes all connections. Stopping faster shows that it did not wait for that. */
const CUT_OFF_MS = 5000

let place: Awaited<ReturnType<typeof home>>
let calendar: Calendar
beforeEach(async () => {
  place = await home()
  calendar = await startCalendar({ ...place.environment, ...TRUSTING })
})
afterEach(() => place.remove())

const POLLING = { timeout: 4000, interval: 20 }

const proposed = { event_id: 'under-way', site: 'saf', start: '2030-06-20T04:15:00Z' }

/** A keep-alive request of which the server has seen the headers, and the body is not complete. */
async function halfSent() {
  const body = JSON.stringify(proposed)
  const socket = connect(calendar.port, '127.0.0.1')
  let answer = ''
  socket.on('data', (data: Buffer) => (answer += data))
  await once(socket, 'connect')
  socket.write(
    `POST /dev/newevent HTTP/1.1\r\nHost: calendar\r\nX-Api-Key: ${SERVICE_KEY}\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`,
  )
  // The server sends it when it handles the headers.
  await vi.waitFor(() => expect(answer).toBe('HTTP/1.1 100 Continue\r\n\r\n'), POLLING)
  answer = ''
  socket.write(body.slice(0, 20))
  return {
    finish: async () => {
      socket.write(body.slice(20))
      await once(socket, 'close')
      return answer
    },
  }
}

/** The error of a new connection; undefined if it is accepted. */
async function connectError(): Promise<unknown> {
  const socket = connect(calendar.port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return undefined
  } catch (error) {
    return error
  } finally {
    socket.destroy()
  }
}

it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  'finishes running requests on %s, refuses new connections, and exits with 0',
  async (signal) => {
    const request = await halfSent()
    const ended = calendar.end(signal)
    await vi.waitFor(async () => expect(await connectError()).toMatchObject({ code: 'ECONNREFUSED' }), POLLING)
    const answer = await request.finish()
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(answer).toMatch(/\r\nConnection: close\r\n/i)
    const { code, ms } = await ended
    expect(code).toBe(0)
    expect(ms).toBeLessThan(CUT_OFF_MS)

    const db = new Sqlite(place.file, { readonly: true })
    expect(db.prepare('SELECT event_id FROM reservations').pluck().all()).toEqual([proposed.event_id])
    db.close()
  },
)

it('closes a request that never completes, and exits within ten seconds', async () => {
  await halfSent()
  const { code, ms } = await calendar.end('SIGTERM')
  expect(code).toBe(0)
  expect(ms).toBeLessThan(10_000)
})

it('ends event streams, and does not wait for idle connections', async () => {
  await post(`${calendar.base}/siteevents`, { site: 'saf', start: '2030-06-20T00:00:00Z', end: '2030-06-21T00:00:00Z' })
  const { body } = await fetch(`${calendar.base}/changes?site=saf`)
  const reader = body?.getReader()
  expect((await reader?.read())?.done).toBe(false)
  const { code, ms } = await calendar.end('SIGTERM')
  while (!(await reader?.read())?.done);
  expect(code).toBe(0)
  expect(ms).toBeLessThan(2000)
})
