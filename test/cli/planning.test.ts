import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT } from '../../src/cli/cli-error.ts'
import { marksFor, nightPicture, pictureHeading } from '../../src/cli/night-picture.ts'
import { fitted, textTable } from '../../src/cli/text-table.ts'
import { visibility } from '../../src/cli/visibility.ts'
import { domainCalendarAt } from '../../src/client/domain/calendar.ts'
import { darkTime } from '../../src/sky/sun.ts'
import { siteToWire } from '../../src/wire/site.ts'
import { instantOf } from '../../src/wire/time.ts'
import { saf } from '../context.ts'
import { newEvent, serve, type TestServer } from '../server.ts'
import { command, folder } from './folder.ts'

const NOWHERE =
  'The calendar has no telescope nowhere; it has saf, aro1, aro2, mrc1, mrc2, eco1, eco2, sro1, lcs1, tbo2.'
const UTF8 = { LANG: 'en_US.UTF-8' }

describe('the picture of a night', () => {
  const night = { site: saf, date: '2030-03-08' }
  const [dark = { start: 0, end: 0 }] = darkTime(night, 'astronomical')
  const free = [{ start: dark.start, end: dark.start + 3 * 3600 }]
  const taken = [{ start: dark.start + 2 * 3600, end: dark.start + 5 * 3600 }]

  const terminal = (environment: Record<string, string>, columns = Infinity) => ({
    marks: marksFor(environment),
    columns,
  })

  it('shows twilight, darkness and what is free and taken, from noon to noon', () => {
    const picture = nightPicture(night, { free, taken }, terminal(UTF8))
    expect(picture).toBe('        ··████▒▒▒░░░░░░·        ')
    expect(nightPicture(night, { free, taken }, terminal({ LANG: 'C' }))).toBe('        ..####xxx------.        ')
  })

  it('has a mark for each hour in a narrow terminal', () => {
    const narrow = terminal({}, 80)
    expect(pictureHeading(narrow)).toBe('noon    midnight    noon')
    expect(nightPicture(night, { free, taken }, narrow)).toBe('      .###xx-----.      ')
    expect(nightPicture(night, { free, taken }, terminal({}, 100))).toHaveLength(32)
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

it('leaves out the dispensable columns of a table that is too wide, the first ones first', () => {
  const table = [
    ['a', 'b', 'c'],
    ['long', '1', 'x'],
  ]
  expect(fitted(table, 10, ['a', 'b'])).toEqual(table)
  expect(fitted(table, 9, ['c', 'b'])).toEqual([
    ['a', 'b'],
    ['long', '1'],
  ])
  expect(fitted(table, 1, ['b', 'none', 'a'])).toEqual([['c'], ['x']])
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

  it('begins with the coming night once the Sun has risen, and leaves out names that a terminal cannot show', async () => {
    const calendar = domainCalendarAt({ base: new URL(`${environment['CALENDAR_URL']}/`) })
    // 11:00 at saf: an hour before the night's end.
    const question = {
      address: '',
      target: 'Sirius',
      sites: ['saf'],
      nights: 1,
      now: instantOf('2030-11-20T18:00:00Z'),
    }
    const { text } = await visibility(calendar, question, { marks: marksFor({}), columns: 90 })
    expect(text).toMatch(/^Sirius, Alpha Canis Majoris, 9 CMa/)
    expect(text).toMatch(/^site {2}night {7}rise .* there +noon {4}midnight {4}noon\nsaf {3}2030-11-20 .*\n\n/m)
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
    [['free', '--minutes', '0'], EXIT.usage, '--minutes must be a number from 1 to 1500.'],
    [['free', '--nights', '20'], EXIT.usage, 'A question is about at most 14 nights; sign in to ask for more.'],
    [['free', '--nights', '0'], EXIT.usage, '--nights takes a number above 0.'],
    [['free', '--minutes', 'many'], EXIT.usage, '--minutes takes a number, and many is none.'],
    [['free', '--order', 'worst'], EXIT.usage, '--order must be one of soonest, best.'],
    [['free', '--max-airmass', '0.5'], EXIT.usage, '--max-airmass must be a number from 1 to 40.'],
    [['free', '--min-lunar-distance', '30'], EXIT.usage, '--target is missing.'],
    [['rules', 'nowhere'], EXIT.usage, NOWHERE],
    [['free', 'nowhere'], EXIT.usage, NOWHERE],
    [['visibility', 'M31', 'nowhere'], EXIT.usage, NOWHERE],
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
