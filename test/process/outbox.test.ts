import Sqlite from 'better-sqlite3'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { projectsService } from '../projects-service.ts'
import { asService, type Calendar, type Environment, home, minute, post, startCalendar, TRUSTING } from './calendar.ts'

/** As long as a claim lasts, in seconds. */
const CLAIM = 40
const KILLS = 4
const WRITERS = 6
const PROJECTS = ['M31#2030', 'M42#2030']

let place: Awaited<ReturnType<typeof home>>
let service: Awaited<ReturnType<typeof projectsService>>
let environment: Environment
beforeAll(async () => {
  place = await home()
})
beforeEach(async () => {
  service = await projectsService({ removes: true })
  environment = { ...place.environment, ...TRUSTING, PROJECTS_URL: service.url }
})
afterAll(() => place.remove())

interface Row {
  readonly event_id: string
  readonly action: string
  readonly claim: string | null
}

/** What is in the outbox of a server that is not running; and so much time goes by until it is started again. */
function messagesIn(file: string, goneBy = 0): Row[] {
  const db = new Sqlite(file)
  db.prepare('UPDATE outbox SET due = max(0, due - :goneBy), held_until = held_until - :goneBy').run({ goneBy })
  const rows = db.prepare('SELECT event_id, action, claim FROM outbox').all() as Row[]
  db.close()
  return rows
}

let minutes = 0
const make = async ({ base }: Calendar, project_id = 'none') => {
  const n = minutes++
  const event_id = `event-${n}`
  expect(
    (
      await post(
        `${base}/newevent`,
        { event_id, site: 'saf', start: minute(n), end: minute(n + 1), project_id },
        asService,
      )
    ).status,
  ).toBe(200)
  return event_id
}
const attach = ({ base }: Calendar, project_id: string, events: readonly string[]) =>
  post(`${base}/add-projects-to-events`, { project_id, events }, asService)

const waitFor = (check: () => void) => vi.waitFor(check, { timeout: 60_000, interval: 50 })

describe('a server that is killed', () => {
  it('during a delivery: the message is delivered again once its claim has lapsed, and later messages after it', async () => {
    service.turn(() => new Promise(() => {}))
    const calendar = await startCalendar(environment)
    const id = await make(calendar, 'M31#2030')
    await waitFor(() => expect(service.asked).toHaveLength(1))
    await calendar.end('SIGKILL')
    expect(messagesIn(place.file)).toEqual([{ event_id: id, action: 'add-project-event', claim: expect.any(String) }])

    service.turn()
    const again = await startCalendar(environment)
    await attach(again, 'none', [id])
    const other = await make(again, 'M31#2030')
    await waitFor(() => expect(service.toldOf(other, 'M31#2030')).toEqual(['add']))
    expect(service.asked).toHaveLength(2)
    await again.end('SIGTERM')
    expect(messagesIn(place.file, CLAIM)).toEqual([
      { event_id: id, action: 'remove-project-event', claim: expect.any(String) },
    ])

    const last = await startCalendar(environment)
    await waitFor(() => expect(service.toldOf(id, 'M31#2030')).toEqual(['remove']))
    await last.end('SIGTERM')
    expect(messagesIn(place.file)).toEqual([])
  })

  it('four times while many attach and detach: in the end the projects service agrees with the calendar', async () => {
    // It is not always quick, so that some is under way whenever the server dies.
    service.turn(async (_, carryOut) => {
      await sleep(Math.random() * 30)
      return carryOut()
    })
    let calendar = await startCalendar(environment)
    const ids = await Promise.all(Array.from({ length: WRITERS }, () => make(calendar)))
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const before = service.tellings.length
      const writing = Promise.all(ids.map((id) => writeOn(calendar, id)))
      const enough = before + 10 * kill
      await calendar.until(() => expect(service.tellings.length).toBeGreaterThan(enough))
      await calendar.end('SIGKILL')
      await writing
      messagesIn(place.file, CLAIM)
      calendar = await startCalendar(environment)
    }
    const depth = async () =>
      /^calendar_outbox_depth (\d+)$/m.exec(
        await (await fetch(`http://127.0.0.1:${calendar.port}/metrics`)).text(),
      )?.[1]
    await expect.poll(depth, { timeout: 60_000 }).toBe('0')
    const { value } = await post(`${calendar.base}/siteevents`, { site: 'saf', start: minute(0), end: minute(minutes) })
    for (const { event_id, project_id } of value as { event_id: string; project_id: string }[]) {
      if (!ids.includes(event_id)) continue
      expect(PROJECTS.filter((project) => service.scheduled.get(project)?.includes(event_id))).toEqual(
        project_id === 'none' ? [] : [project_id],
      )
    }
    await calendar.end('SIGTERM')
  })
})

/** Attaches one project after another until there is nobody to answer. */
async function writeOn(calendar: Calendar, id: string): Promise<void> {
  for (let n = 0; ; n += 1) {
    const answer = await attach(calendar, ['none', ...PROJECTS][n % 3]!, [id]).catch(() => undefined)
    if (!answer) return
    expect(answer.status).toBe(200)
    await sleep(Math.random() * 20)
  }
}
