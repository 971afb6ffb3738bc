import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadSigningKey } from '../../src/demo/signing-key.ts'
import { demoToken } from '../../src/demo/token.ts'
import { type Calendar, home, minute, post, startCalendar, withToken } from './calendar.ts'

const OBSERVERS = 64
const INTERVALS = 25

let place: Awaited<ReturnType<typeof home>>
let calendar: Calendar
let tokens: string[]
beforeAll(async () => {
  place = await home()
  calendar = await startCalendar(place.environment)
  tokens = await Promise.all(Array.from({ length: OBSERVERS }, (_, n) => tokenOf(`racer${n}`)))
})
afterAll(async () => {
  await calendar.end('SIGTERM')
  place.remove()
})

async function tokenOf(name: string): Promise<string> {
  const key = await loadSigningKey(join(place.folder, 'demo-identity.json'))
  const person = { name, sub: `demo|${name}`, fullName: `Racer ${name}`, email: `${name}@example.org`, roles: [] }
  return demoToken(person, {
    issuer: `http://127.0.0.1:${calendar.port}/demo-identity`,
    audience: 'urn:photonranch-calendar',
    rolesClaim: 'https://photonranch.org/user_metadata',
    key,
    now: Math.floor(Date.now() / 1000),
    lifetime: 600,
  })
}

it('gives each of 25 intervals to exactly one of 64 observers who race for it', async () => {
  const won: number[] = []
  const statuses = new Set<number>()
  for (let interval = 0; interval < INTERVALS; interval += 1) {
    // Each wants its own half hour, shifted by a minute: no two are alike, all overlap.
    const start = interval * 120
    const answers = await Promise.all(
      tokens.map((token, n) =>
        post(
          `${calendar.base}/newevent`,
          {
            event_id: `${interval}-${n}`,
            site: 'saf',
            start: minute(start + (n % 30)),
            end: minute(start + (n % 30) + 31),
          },
          withToken(token),
        ),
      ),
    )
    won.push(answers.filter(({ status }) => status === 200).length)
    for (const { status } of answers) statuses.add(status)
  }
  expect(won).toEqual(Array.from({ length: INTERVALS }, () => 1))
  expect(statuses).toEqual(new Set([200, 409]))

  const { value } = await post(`${calendar.base}/siteevents`, {
    site: 'saf',
    start: minute(0),
    end: minute(INTERVALS * 120),
  })
  expect(value).toHaveLength(INTERVALS)
}, 180_000)
