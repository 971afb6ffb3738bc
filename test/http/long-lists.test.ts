import { createHash } from 'node:crypto'
import { beforeAll, afterAll, describe, expect, it } from 'vitest'
import { HOUR } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { rowOf } from '../../src/store/sqlite/rows.ts'
import { prepare } from '../../src/store/sqlite/statements.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { type Ask, serve, type TestServer } from '../server.ts'
import { bo, TODAY, proposed } from '../context.ts'

let server: TestServer
beforeAll(async () => {
  server = await serve()
  const db = openDatabase(server.file)
  const statements = prepare(db)
  statements.begin.run()
  const crowd = (site: string, count: number, overrides: Partial<Reservation>) => {
    for (let n = 0; n < count; n += 1) {
      const one = proposed({
        id: `${site}-${n}`,
        site,
        start: TODAY + n * 60,
        end: TODAY + n * 60 + HOUR,
        by: bo,
        ...overrides,
      })
      statements.put.run(rowOf(one, eventCodec.encode(one), 1, eventCodec))
    }
  }
  crowd('long', 6000, { note: 'n'.repeat(900) })
  crowd('large', 540, { extra: { padding: 'p'.repeat(62_000) } })
  statements.commit.run()
  db.close()
})
afterAll(() => server.stop())

const query = (site: string) => `site=${site}&start=2030-03-01T00:00:00Z&end=2030-03-12T00:00:00Z`
const list = (site: string, more = '', ask?: Ask) => server.get(`siteevents?${query(site)}${more}`, ask)

/** Repeats an action until a promise settles. */
async function until(done: Promise<unknown>, act: () => Promise<unknown>): Promise<void> {
  const state = { isDone: false }
  const ended = done.finally(() => (state.isDone = true))
  while (!state.isDone) await act()
  await ended
}

describe('a long list', () => {
  it('does not block other requests while it is built', async () => {
    let answered = 0
    const long = Promise.all([list('long'), list('long', '&full_project_details=true')])
    await until(long, async () => {
      const { status } = await server.post('siteevents', {
        site: 'saf',
        start: '2030-03-01T00:00:00Z',
        end: '2030-03-02T00:00:00Z',
      })
      expect(status).toBe(200)
      answered += 1
    })
    for (const { status, body } of await long) expect([status, body.length]).toEqual([200, 6000])
    expect(answered).toBeGreaterThan(3)
  })

  it('is complete when requested by a poll', async () => {
    const poll = { site: 'long', start: '2030-03-01T00:00:00Z', end: '2030-03-03T00:00:00Z' }
    const [posted, got, slowly] = [
      await server.post('siteevents', poll),
      await server.get(`siteevents?${new URLSearchParams(poll).toString()}`),
      await server.post('siteevents', { ...poll, filler: 'x'.repeat(3000) }),
    ]
    expect([posted.status, posted.text === slowly.text, got.text === slowly.text]).toEqual([200, true, true])
    expect(posted.text.length).toBeGreaterThan(300_000)
  })

  it('has the entity tag of its content, and is answered 304 to a client that has it', async () => {
    const { headers, text } = await list('long')
    expect(headers.get('etag')).toBe(`"${createHash('sha1').update(text).digest('base64url')}"`)
    expect((await list('long', '', { headers: { 'If-None-Match': headers.get('etag') ?? '' } })).status).toBe(304)
  })

  it('is answered 413 with advice above 32 MB, or above 8 MB with project details', async () => {
    const [whole, detailed, short] = [
      await list('large'),
      await list('large', '&full_project_details=true'),
      await server.post('siteevents', { site: 'large', start: '2030-03-01T00:00:00Z', end: '2030-03-01T00:30:00Z' }),
    ]
    expect([whole.status, whole.body]).toEqual([
      413,
      expect.stringMatching(/^Error: .*32 MB; ask for a shorter window/),
    ])
    expect([detailed.status, detailed.body]).toEqual([
      413,
      expect.stringMatching(/^Error: .*8 MB; ask for a shorter window/),
    ])
    expect(short.status).toBe(200)
    const { status, body } = await server.post('user-events-ending-after-time', {
      user_id: bo.id,
      time: '2030-01-01T00:00:00Z',
    })
    expect([status, body]).toEqual([413, expect.stringMatching(/a later time$/)])
  })

  it('is counted in the metrics while it is read', async () => {
    const seen = new Set<string | undefined>()
    await until(list('long'), async () =>
      seen.add(/^calendar_long_lists (\d+)$/m.exec((await server.send('GET', '/metrics')).text)?.[1]),
    )
    expect(seen).toContain('1')
    expect((await server.send('GET', '/metrics')).text).toMatch(/^calendar_long_lists_waiting 0$/m)
  })
})
