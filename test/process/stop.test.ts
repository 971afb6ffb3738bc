import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Calendar, home, post, SERVICE_KEY, startCalendar, TRUSTING } from './calendar.ts'

/** After which a server that stops waits for nobody: whoever is below it has not waited. */
const CUT_OFF_MS = 5000

let place: Awaited<ReturnType<typeof home>>
let calendar: Calendar
beforeEach(async () => {
  place = await home()
  calendar = await startCalendar({ ...place.environment, ...TRUSTING })
})
afterEach(() => place.remove())

const proposed = { event_id: 'under-way', site: 'saf', start: '2030-06-20T04:15:00Z' }

/** A request of which the server has seen all but the end of its body, on a connection that asks to be kept. */
async function halfSent() {
  const body = JSON.stringify(proposed)
  const socket = connect(calendar.port, '127.0.0.1')
  let answer = ''
  socket.on('data', (data: Buffer) => (answer += data))
  await once(socket, 'connect')
  socket.write(`POST /dev/newevent HTTP/1.1\r\nHost: calendar\r\nX-Api-Key: ${SERVICE_KEY}\r\nContent-Length: ${body.length}\r\n\r\n`)
  socket.write(body.slice(0, 20))
  await sleep(100)
  return {
    finish: async () => {
      socket.write(body.slice(20))
      await once(socket, 'close')
      return answer
    },
  }
}

it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('finishes what is under way on %s, takes nothing new, and ends well', async (signal) => {
  const request = await halfSent()
  const ended = calendar.end(signal)
  await sleep(100)
  await expect(once(connect(calendar.port, '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED')
  const answer = await request.finish()
  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  expect(answer).toMatch(/\r\nConnection: close\r\n/i)
  const { code, ms } = await ended
  expect(code).toBe(0)
  expect(ms).toBeLessThan(CUT_OFF_MS)

  const again = await startCalendar({ ...place.environment, ...TRUSTING })
  const { value } = await post(`${again.base}/get-event`, { event_id: proposed.event_id })
  expect(value).toMatchObject(proposed)
  await again.end('SIGTERM')
})

it('cuts off who never finishes, and still ends within ten seconds', async () => {
  await halfSent()
  const { code, ms } = await calendar.end('SIGTERM')
  expect(code).toBe(0)
  expect(ms).toBeLessThan(10_000)
})

it('ends streams, which would never finish by themselves', async () => {
  const { body } = await fetch(`${calendar.base}/changes?site=saf`)
  const reader = body?.getReader()
  expect((await reader?.read())?.done).toBe(false)
  const { code, ms } = await calendar.end('SIGTERM')
  while (!(await reader?.read())?.done);
  expect(code).toBe(0)
  expect(ms).toBeLessThan(2000)
})

it('does not wait for connections that are merely kept', async () => {
  await post(`${calendar.base}/siteevents`, { site: 'saf', start: '2030-06-20T00:00:00Z', end: '2030-06-21T00:00:00Z' })
  const { code, ms } = await calendar.end('SIGTERM')
  expect(code).toBe(0)
  expect(ms).toBeLessThan(CUT_OFF_MS)
})
