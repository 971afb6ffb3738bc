import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { asService, type Calendar, type Environment, home, minute, post, startCalendar, TRUSTING } from './calendar.ts'

const KILLS = 5
const WRITERS = 32

let place: Awaited<ReturnType<typeof home>>
let environment: Environment
beforeAll(async () => {
  place = await home()
  environment = { ...place.environment, ...TRUSTING }
})
afterAll(() => place.remove())

interface Event {
  event_id: string
  start: string
}

it('keeps every reservation it has acknowledged, killed five times under 32 writers', async () => {
  const acknowledged = new Map<string, string>()
  for (let kill = 1; kill <= KILLS; kill += 1) {
    // It opens what the last crash left behind.
    const calendar = await startCalendar(environment)
    if (kill > 1) await expectKept(calendar, acknowledged)
    const before = acknowledged.size
    const writing = Promise.all(
      Array.from({ length: WRITERS }, (_, writer) => writeOn(calendar, `${kill}-${writer}`, acknowledged)),
    )
    const enough = before + WRITERS * (1 + kill)
    await calendar.until(() => expect(acknowledged.size).toBeGreaterThan(enough))
    const { code } = await calendar.end('SIGKILL')
    await writing
    expect(code).toBeNull()
  }
  const last = await startCalendar(environment)
  await expectKept(last, acknowledged)
  await last.end('SIGTERM')
}, 180_000)

async function expectKept(calendar: Calendar, acknowledged: ReadonlyMap<string, string>): Promise<void> {
  const kept = await keptBy(calendar)
  expect([...acknowledged].filter(([id, start]) => kept.get(id) !== start)).toEqual([])
  expect(soundnessOf(place.file)).toEqual({ integrity: 'ok', withoutHistory: 0 })
}

let minutes = 0

/** Reserves one minute after the other until there is nobody to answer. */
async function writeOn({ base }: Calendar, writer: string, acknowledged: Map<string, string>): Promise<void> {
  for (let count = 0; ; count += 1) {
    const n = minutes++
    const proposed = { event_id: `${writer}-${count}`, site: 'saf', start: minute(n), end: minute(n + 1) }
    const answer = await post(`${base}/newevent`, proposed, asService).catch(() => undefined)
    if (!answer) return
    expect(answer.status).toBe(200)
    acknowledged.set(proposed.event_id, proposed.start)
  }
}

async function keptBy({ base }: Calendar): Promise<Map<string, string>> {
  const { value } = await post(`${base}/siteevents`, { site: 'saf', start: minute(0), end: minute(minutes) })
  return new Map((value as Event[]).map((event) => [event.event_id, event.start]))
}

function soundnessOf(file: string) {
  const db = new Sqlite(file, { readonly: true })
  const integrity = db.pragma('integrity_check', { simple: true })
  const withoutHistory = db
    .prepare(
      'SELECT count(*) FROM reservations AS r LEFT JOIN revisions AS h ON h.event_id = r.event_id AND h.number = r.revision WHERE h.number IS NULL',
    )
    .pluck()
    .get()
  db.close()
  return { integrity, withoutHistory }
}
