import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { calendarAt, type Change } from '../../src/client/calendar.ts'
import { freshId, newEvent, serve, type TestServer } from '../server.ts'

let server: TestServer
beforeAll(async () => {
  server = await serve()
})
afterAll(() => server.stop())

const calendarFor = (name: 'ada' | 'bo') =>
  calendarAt({ base: new URL(server.base, server.address), token: server.tokens[name] })
const reserve = async (site: string) => {
  const event = newEvent({ site })
  await calendarFor('ada').newEvent(event)
  return event.event_id
}

/** Reads changes until there are so many, and then leaves without a word, as a process that is killed does. */
async function take(count: number, options: { since: string | undefined; sites?: string[] }): Promise<Change[]> {
  const taken: Change[] = []
  for await (const change of calendarFor('bo').changes({ ...options, pollMs: 50 })) {
    taken.push(change)
    if (taken.length === count) break
  }
  return taken
}
const idsOf = (changes: readonly Change[]) => changes.map(({ event_id }) => event_id)
const presentCursor = async () => (await calendarFor('bo').changesPage()).cursor

describe('a program that follows the changes', () => {
  it.each([1, 3, 7])('and is killed after every %d misses none and sees none twice', async (batch) => {
    const sites = [freshId(), freshId()].map((id) => `at-${id}`)
    let since: string | undefined = await presentCursor()
    const writing = (async () => {
      const made: string[][] = [[], []]
      for (let n = 0; n < 21; n += 1) made[n % 2]?.push(await reserve(sites[n % 2] ?? ''))
      return made
    })()
    const seen: Change[] = []
    while (seen.length < 21) {
      const taken: Change[] = await take(batch, { since, sites })
      seen.push(...taken)
      since = taken.at(-1)?.cursor
    }
    const made = await writing
    // In the order of each site.
    for (const [n, site] of sites.entries())
      expect(idsOf(seen.filter(({ after }) => after?.site === site))).toEqual(made[n])
    expect(new Set(idsOf(seen)).size).toBe(21)
  })

  it('of all sites sees all kinds of changes, and the states that they join', async () => {
    const since = await presentCursor()
    const event_id = await reserve(`at-${freshId()}`)
    await calendarFor('ada').modifyEvent({ event_id, title: 'M 13' })
    await calendarFor('ada').deleteEvent({ event_id })
    await calendarFor('ada').restoreEvent({ event_id, revision: 2 })
    const taken = await take(4, { since })
    expect(taken.map(({ via, revision }) => [via, revision])).toEqual([
      ['reserve', 1],
      ['amend', 2],
      ['cancel', 3],
      ['restore', 4],
    ])
    expect(taken.map(({ before }) => before)).toEqual([null, ...taken.slice(0, 3).map(({ after }) => after)])
  })

  it('learns at once of a change at a telescope, where it is streamed', async () => {
    expect((await calendarFor('bo').config()).stream).toBe(true)
    const site = `at-${freshId()}`
    const changes = calendarFor('bo').changes({ since: await presentCursor(), sites: site, pollMs: 3_600_000 })
    const next = changes.next()
    const event_id = await reserve(site)
    expect((await next).value?.event_id).toBe(event_id)
    await changes.return?.()
  })
})
