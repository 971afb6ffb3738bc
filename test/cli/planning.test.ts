import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT } from '../../src/cli/cli-error.ts'
import { marksFor, nightPicture } from '../../src/cli/night-picture.ts'
import { textTable } from '../../src/cli/text-table.ts'
import { darkTime } from '../../src/sky/sun.ts'
import { siteToWire } from '../../src/wire/site.ts'
import { saf } from '../context.ts'
import { newEvent, serve, type TestServer } from '../server.ts'
import { command, folder } from './folder.ts'

const UTF8 = { LANG: 'en_US.UTF-8' }

describe('the picture of a night', () => {
  const night = { site: saf, date: '2030-03-08' }
  const [dark = { start: 0, end: 0 }] = darkTime(night, 'astronomical')
  const free = [{ start: dark.start, end: dark.start + 3 * 3600 }]
  const taken = [{ start: dark.start + 2 * 3600, end: dark.start + 5 * 3600 }]

  it('shows twilight, darkness and what is free and taken, from noon to noon', () => {
    const picture = nightPicture(night, { free, taken }, marksFor(UTF8))
    expect(picture).toBe('        ··████▒▒▒░░░░░░·        ')
    expect(nightPicture(night, { free, taken }, marksFor({ LANG: 'C' }))).toBe('        ..####xxx------.        ')
  })

  it('is of blocks in a UTF-8 terminal only', () => {
    expect(marksFor({ LC_ALL: 'C', ...UTF8 })).toEqual(marksFor({}))
    expect(marksFor({ LC_CTYPE: 'de_DE.utf8', LANG: 'C' })).toEqual(marksFor(UTF8))
  })
})

it('aligns the columns of a table', () => {
  expect(
    textTable(
      [
        ['a', 'b', 'c'],
        ['long', '1', 'x'],
        ['', '100'],
      ],
      new Set([1]),
    ),
  ).toBe('a       b  c\nlong    1  x\n      100\n')
})

describe('a calendar that answers', () => {
  let server: TestServer
  let environment: Record<string, string>
  beforeAll(async () => {
    server = await serve()
    environment = { CALENDAR_URL: `${server.address}${server.base}` }
  })
  afterAll(() => server.stop())
  const run = (...args: string[]) => command(environment, args)
  /** Reserves the next four days. */
  const take = (site: string) => {
    const start = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString()
    const end = new Date(Date.parse(start) + 4 * 86_400_000).toISOString()
    return server.post('newevent', newEvent({ site, start, end }), { as: 'ada' })
  }

  it('says when telescopes are free, at their clock and in UTC', async () => {
    const { code, out, err } = await run('free', 'saf', 'nowhere', '--minutes', '30', '--nights', '2')
    expect([code, err]).toEqual([EXIT.done, ''])
    const [heading = '', first = ''] = out.split('\n')
    expect(heading).toMatch(/^site {2}night +there +UTC +minutes +airmass +Moon +noon +midnight +noon$/)
    expect(first).toMatch(
      /^saf +\d{4}-\d\d-\d\d {2}(\d\d:\d\d-\d\d:\d\d) {2}(\d\d:\d\d-\d\d:\d\d) +\d+ +\d+% (up|down) +[.#-]+$/,
    )
    expect(out).toContain('\nnowhere: its position is not known\n')
  })

  it('says why nothing is free', async () => {
    expect((await take('mrc2')).status).toBe(200)
    const { code, out } = await run('free', 'mrc2', '--nights', '2')
    expect([code, out]).toEqual([EXIT.done, 'Nothing is free for 45 minutes.\nmrc2: taken\n'])
  })

  it('answers all that it is asked as JSON', async () => {
    const { code, out } = await run(
      'free',
      'saf',
      '--target',
      'Polaris',
      '--order',
      'best',
      '--limit',
      '2',
      '--max-airmass',
      '3',
      '--json',
    )
    const report = JSON.parse(out)
    expect(code).toBe(EXIT.done)
    expect(report).toMatchObject({ at: `${server.address}${server.base}/`, more: true, reasons: {} })
    expect(report.intervals).toHaveLength(2)
    expect(report.intervals[0].best.score).toBeLessThanOrEqual(report.intervals[1].best.score)
  })

  it('says when a target can be observed', async () => {
    const { code, out } = await run('visibility', 'Polaris', 'saf', 'nowhere', '--nights', '3', '--max-airmass', '3')
    expect(code).toBe(EXIT.done)
    expect(out).toMatch(/^Polaris.*\n\nsite +night +rise/)
    expect(out.match(/^saf /gm)).toHaveLength(3)
    expect(out).toMatch(/^saf +\S+ +- +\d\d:\d\d at 3\d deg +- +\d\d:\d\d-\d\d:\d\d /m)
    expect(out).toMatch(/nowhere: its position is not known\n$/)
  })

  it('says what is allowed, and what the owner of a token has left', async () => {
    const at = folder()
    const rules = {
      lengths: { realtime: { shortest_minutes: 10, longest_minutes: 90 } },
      hours_per_night: 2,
      horizon_days: 1,
    }
    const sites = { rules: { upcoming: 3, one_at_a_time: true }, sites: [{ ...siteToWire(saf), rules }] }
    writeFileSync(at('sites.json'), JSON.stringify(sites))
    const ruled = await serve({ SITES_FILE: at('sites.json') })
    try {
      const address = `${ruled.address}${ruled.base}`
      expect((await command({ CALENDAR_URL: address }, ['rules', 'saf'])).out).toBe(
        [
          'rule                          allowed                          at',
          'length of real-time sessions  at least 10, at most 90 minutes  saf',
          'starts at most                1 day from now                   saf',
          'in one night                  2 hours                          saf',
          'that have not ended           3                                all sites',
          'at once                       one telescope                    all sites',
          '',
        ].join('\n'),
      )
      const own = { CALENDAR_URL: address, CALENDAR_TOKEN: ruled.tokens.ada }
      const { out } = await command(own, ['rules', 'saf'])
      expect(out).toMatch(/^in one night +2 hours +saf +2 h, 0 h used$/m)
      expect(out).toMatch(/^that have not ended +3 +all sites +3, 0 used$/m)
    } finally {
      await ruled.stop()
    }
    expect((await run('rules', 'saf')).out).toBe('There are no rules at saf.\n')
  })

  it.each([
    [['free', '--minutes', '0'], EXIT.usage, 'Minutes must be a number from 1 to 1500.'],
    [['free', '--nights', '20'], EXIT.usage, 'A question is about at most 14 nights; sign in to ask for more.'],
    [['free', '--minutes', 'many'], EXIT.usage, '--minutes takes a number, and many is none.'],
    [['free', '--order', 'worst'], EXIT.usage, 'Order must be one of soonest, best.'],
    [['visibility', 'M311'], EXIT.usage, 'The catalogue has no target M311; it has M 11.'],
    [['rules', 'here there'], EXIT.usage, 'Site must be 1 to 32 letters, digits, _ or -.'],
    [['rules', 'saf', '--at', 'http://example.org'], EXIT.usage, '--at must be https, unless it is on this machine.'],
    [
      ['rules', 'saf', '--at', 'http://127.0.0.1:1/dev'],
      EXIT.unable,
      'No calendar answers at http://127.0.0.1:1/dev/; --at names another address.',
    ],
  ])('%j: exits with %s, and one sentence', async (args, code, sentence) => {
    expect(await run(...args)).toEqual({ code, out: '', err: `${sentence}\n` })
  })
})
