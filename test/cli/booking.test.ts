import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT } from '../../src/cli/cli-error.ts'
import { events } from '../../src/cli/events.ts'
import { domainCalendarAt } from '../../src/client/domain/calendar.ts'
import { siteToWire } from '../../src/wire/site.ts'
import { saf } from '../context.ts'
import { httpStub } from '../http-stub.ts'
import { freshId, newEvent, serve, type TestServer } from '../server.ts'
import { command, folder } from './folder.ts'

let server: TestServer
let place: string
let at: Record<string, string>
beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'calendar-'))
  const file = join(place, 'sites.json')
  const sites = [{ ...siteToWire(saf), wema: 'park' }, siteToWire({ ...saf, code: 'mrc1' })]
  writeFileSync(file, JSON.stringify(sites))
  server = await serve({ SITES_FILE: file })
  at = { CALENDAR_URL: `${server.address}${server.base}` }
})
afterAll(async () => {
  await server.stop()
  rmSync(place, { recursive: true })
})
const runAs = (name: 'ada' | 'bo' | 'cleo' | 'grace', ...args: string[]) =>
  command({ ...at, CALENDAR_TOKEN: server.tokens[name] }, args)
const run = (...args: string[]) => command(at, args)

describe('reserve', () => {
  it('takes the clock of the site, and says the time at both clocks and how to cancel', async () => {
    const { code, out, err } = await runAs(
      'ada',
      'reserve',
      'saf',
      '2031-06-19 22:15',
      '--minutes',
      '45',
      '--id',
      'first',
    )
    expect([code, err]).toEqual([EXIT.done, ''])
    expect(out).toBe(
      [
        'Reserved: saf, 2031-06-19 22:15-23:00 there, 2031-06-20 04:15-05:00 UTC.',
        'To cancel it: photonranch-calendar cancel first',
        '',
      ].join('\n'),
    )
  })

  it('sends what the options say, and prints the event as JSON', async () => {
    const fields = ['--title', 'M13', '--note', 'red', '--project', 'globulars#2030', '--type', 'project']
    const { out } = await runAs(
      'ada',
      'reserve',
      'saf',
      '2031-06-21T04:00Z',
      '--end',
      '2031-06-21T05:30Z',
      ...fields,
      '--json',
    )
    expect(JSON.parse(out)).toMatchObject({
      at: `${at['CALENDAR_URL']}/`,
      event: {
        event_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        start: '2031-06-21T04:00:00Z',
        end: '2031-06-21T05:30:00Z',
        title: 'M13',
        reservation_note: 'red',
        project_id: 'globulars#2030',
        reservation_type: 'project',
        creator_id: 'demo|ada',
      },
    })
  })

  it('makes one reservation of the same id twice', async () => {
    const args = ['reserve', 'saf', '2031-06-22T04:00Z', '--id', 'twice', '--json']
    const [first, second] = [await runAs('ada', ...args), await runAs('ada', ...args)]
    expect([second.code, JSON.parse(second.out).event]).toEqual([EXIT.done, JSON.parse(first.out).event])
  })

  it('prints every objection and the nearest free times when the time is taken', async () => {
    await runAs('ada', 'reserve', 'saf', '2031-06-23T04:00Z', '--minutes', '60')
    const asked = ['reserve', 'saf', '2031-06-23T04:30Z', '--minutes', '30']
    const { code, out, err } = await runAs('bo', ...asked)
    expect([code, err]).toEqual([EXIT.found, 'Nothing was reserved.\n'])
    expect(out).toMatch(/^- saf is taken by Ada/)
    expect(out).toMatch(/^Free: 2031-06-22 23:00-\S+ (\S+ )?there, 2031-06-23 05:00-\S+ UTC$/m)
    const report = JSON.parse((await runAs('bo', ...asked, '--json')).out)
    expect(report).toMatchObject({
      objections: [{ code: 'conflict' }],
      conflicts: [{ start: '2031-06-23T04:00:00Z' }],
      free: { after: { start: '2031-06-23T05:00:00Z' } },
      error: { code: 'objections' },
    })
  })

  it('only says with --check whether it would be accepted', async () => {
    await runAs('ada', 'reserve', 'saf', '2031-06-24T04:00Z')
    const asked = ['reserve', 'saf', '2031-06-24T04:00Z', '--check']
    const refused = await runAs('bo', ...asked)
    expect([refused.code, refused.err]).toEqual([EXIT.found, ''])
    expect(refused.out).toMatch(/^saf, 2031-06-23 22:00-22:30 there, .*: it would be refused\.\n- saf is taken/)
    expect((await runAs('grace', ...asked)).out).toMatch(
      /it would be accepted with --override only\.\n[^]*\n--override/,
    )
    const accepted = await runAs('bo', 'reserve', 'saf', '2031-06-25T04:00Z', '--check', '--json')
    expect([accepted.code, JSON.parse(accepted.out).would]).toEqual([EXIT.done, 'accept'])
    expect((await run('events', 'saf', '--from', '2031-06-24')).out).toBe('saf, night of 2031-06-24: no reservations\n')
  })

  it('says with --override what it overlaps', async () => {
    await runAs('ada', 'reserve', 'saf', '2031-06-26T04:00Z')
    const { code, out } = await runAs('grace', 'reserve', 'saf', '2031-06-26T04:00Z', '--override')
    expect([code, out]).toEqual([EXIT.done, expect.stringContaining('\nIt overlaps 1 other reservation.\n')])
  })

  it('names the id when it is not known whether it was done', async () => {
    const [known, writes] = [JSON.stringify([siteToWire(saf)]), [] as string[]]
    const address = await httpStub((request, response) => {
      if (request.url === '/sites') response.setHeader('Content-Type', 'application/json').end(known)
      else {
        writes.push(request.url ?? '')
        request.socket.destroy()
      }
    })
    const args = ['reserve', 'saf', '2031-06-22T04:00Z', '--id', 'mine']
    const { code, err } = await command({ CALENDAR_URL: address }, args)
    expect([code, err]).toEqual([EXIT.unable, expect.stringMatching(/run it again with --id mine, which is safe\.\n$/)])
    expect(writes).toEqual(['/newevent', '/newevent', '/newevent'])
  })

  it.each([
    [['2031-02-30 22:15'], /^2031-02-30 22:15 is not a time/],
    [['2031-06-20T04:15'], /^2031-06-20T04:15 is not a time/],
    [['22:15'], /^22:15 is not a time/],
    [['2031-03-09 02:30'], /skip: write one with a zone, as/],
    [['2031-11-02 01:30'], /show twice: write one with a zone, as/],
    [['2031-06-20T04:15Z', '--end', '2031-06-20T04:15Z'], /^It must end after it starts\./],
    [['2031-06-20T04:15Z', '--end', '2031-06-20T05:15Z', '--minutes', '9'], /^Both --minutes and --end/],
    [['2031-06-20T04:15Z', '--type', 'party'], /^--type must be one of realtime, project, maintenance\.\n$/],
    [['2031-06-20T04:15Z', '--project', 'globulars'], /^--project must be "none" or "name#created_at"\.\n$/],
  ])('%j: exits with 2, and one sentence', async (args, sentence) => {
    const { code, out, err } = await runAs('ada', 'reserve', 'saf', ...args)
    expect([code, out]).toEqual([EXIT.usage, ''])
    expect(err).toMatch(sentence)
  })

  it('needs a token, and says how to give one', async () => {
    const { code, err } = await run('reserve', 'saf', '2031-06-27T04:00Z')
    expect([code, err]).toEqual([
      EXIT.unable,
      expect.stringMatching(/CALENDAR_TOKEN or --token gives a token; sign-in prints one\.\n$/),
    ])
  })

  it.each(['sfa', 'SAF', 'mrc'])('refuses %s, which is mistyped, before anything is sent', async (site) => {
    const asked = [
      ['reserve', site, '2031-06-28T04:00Z'],
      ['reserve', site, '2031-06-28T04:00Z', '--check'],
      ['events', site],
      ['watch', site],
    ]
    for (const args of asked) {
      const { code, err } = await runAs('ada', ...args)
      const meant = site === 'mrc' ? 'mrc1' : 'saf'
      expect([code, err]).toEqual([EXIT.usage, `The calendar has no telescope ${site}. Did you mean ${meant}?\n`])
    }
  })

  it('does not know the clock of a site that is not listed', async () => {
    const { code, err } = await runAs('ada', 'reserve', 'nowhere', '2031-06-27 22:00')
    expect([code, err]).toEqual([EXIT.usage, expect.stringContaining('clock of this site is not known')])
  })
})

describe('--token', () => {
  it('takes a token from a file or from standard input', async () => {
    const home = folder()
    writeFileSync(home('token'), `${server.tokens.ada}\n`)
    const night = ['events', 'saf', '--mine', '--from', '2031-01-01', '--json']
    expect((await run(...night, '--token', home('token'))).code).toBe(EXIT.done)
    const input = Readable.from([Buffer.from(server.tokens.ada)])
    expect((await command(at, [...night, '--token', '-'], { input })).code).toBe(EXIT.done)
  })

  it('prints nothing of what is no token', async () => {
    const home = folder()
    writeFileSync(home('token'), 'my secret diary')
    const { code, out, err } = await run('events', 'saf', '--token', home('token'))
    expect([code, out]).toEqual([EXIT.usage, ''])
    expect(err).toBe('--token takes a file that holds a token, or - for standard input.\n')
    expect((await run('events', 'saf', '--token', home('none'))).err).toBe(`${home('none')} is not there.\n`)
  })
})

describe('cancel', () => {
  it('deletes a reservation, and says which it was', async () => {
    await runAs('ada', 'reserve', 'saf', '2031-07-01T04:00Z', '--title', 'M13', '--id', 'goes')
    const { code, out } = await runAs('ada', 'cancel', 'goes')
    expect([code, out]).toEqual([
      EXIT.done,
      'Cancelled: saf, 2031-06-30 22:00-22:30 there, 2031-07-01 04:00-04:30 UTC: M13\n',
    ])
    const again = await runAs('ada', 'cancel', 'goes')
    expect([again.code, again.err]).toEqual([EXIT.unable, 'There is no such event.\n'])
  })

  it('asks for nothing before it deletes, and says what it has deleted although the clock is not known', async () => {
    const asked: string[] = []
    const event = newEvent({ title: 'M13' })
    const address = await httpStub((request, response) => {
      asked.push(request.url ?? '')
      if (request.url !== '/delete') request.socket.destroy()
      else response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ deleted_calendar_event: event }))
    })
    const { code, out } = await command({ CALENDAR_URL: address }, ['cancel', event.event_id])
    expect([code, asked[0]]).toEqual([EXIT.done, '/delete'])
    expect(out).toMatch(/^Cancelled: saf, 2031-\S+ \S+ UTC: M13\n$/)
  })

  it('does not delete what is of another observer', async () => {
    await runAs('ada', 'reserve', 'saf', '2031-07-02T04:00Z', '--id', 'stays')
    const { code, err } = await runAs('bo', 'cancel', 'stays')
    expect([code, err]).toEqual([EXIT.unable, expect.stringContaining('your own')])
    expect((await server.get('get-event?event_id=stays')).status).toBe(200)
  })
})

describe('an address', () => {
  it.each([
    ['events', 'saf'],
    ['reserve', 'saf', '2031-06-22T04:00Z'],
    ['free'],
    ['watch', 'saf'],
    ['cancel', 'm13'],
    ['feeds'],
    ['feeds', 'make'],
    ['feeds', 'revoke', 'none'],
  ])('of another program is no calendar for %s', async (...args) => {
    const address = await httpStub((_, response) => response.setHeader('Content-Type', 'application/json').end('{}'))
    expect(await command({ CALENDAR_URL: `${address}/dev` }, args)).toEqual({
      code: EXIT.unable,
      out: '',
      err: `No calendar answers at ${address}/dev/; --at names another address.\n`,
    })
  })

  it.each([
    ['events', 'saf'],
    ['feeds', 'make'],
  ])('without the stage is explained by %s', async (...args) => {
    const { code, err } = await command({ CALENDAR_URL: server.address, CALENDAR_TOKEN: server.tokens.ada }, args)
    expect([code, err]).toEqual([
      EXIT.unable,
      expect.stringMatching(/^[^.].* The address needs the stage, as http:\/\/127\.0\.0\.1:\d+\/dev\.\n$/),
    ])
  })
})

describe('events', () => {
  it('prints the reservations of each night with both clocks', async () => {
    await runAs('ada', 'reserve', 'saf', '2031-08-02T04:00Z', '--title', 'M13\u001b[31m', '--id', freshId())
    await runAs('bo', 'reserve', 'saf', '2031-08-03T05:00Z', '--title', 'M57', '--id', 'of-bo')
    const { code, out } = await runAs('ada', 'events', 'saf', '--from', '2031-08-01', '--nights', '3')
    expect(code).toBe(EXIT.done)
    expect(out).toMatch(/^saf, night of 2031-08-01\nthere +UTC +observer +title +project +kind +id\n/)
    expect(out).toMatch(/^22:00-22:30 {2}04:00-04:30 {2}Ada Lovelace +M13\ufffd\[31m +- +realtime +event-\d+$/m)
    expect(out).toMatch(/^23:00-23:30 {2}05:00-05:30 {2}Bo \S+ +M57 .* of-bo$/m)
    expect(out).toMatch(/\n\nsaf, night of 2031-08-03: no reservations\n$/)
    const mine = await runAs('bo', 'events', 'saf', '--from', '2031-08-02T04:00Z', '--nights', '2', '--mine', '--json')
    const { nights } = JSON.parse(mine.out)
    expect(nights.map(({ night, events }: { night: string; events: unknown[] }) => [night, events.length])).toEqual([
      ['2031-08-01', 0],
      ['2031-08-02', 1],
    ])
    expect(nights[1]).toMatchObject({ site: 'saf', start: '2031-08-02T18:00:00Z', events: [{ event_id: 'of-bo' }] })
  })

  it('leaves out columns in a narrow terminal, but neither the time nor the id', async () => {
    await runAs('ada', 'reserve', 'saf', '2031-08-12T04:00Z', '--title', 'M13', '--id', 'narrow')
    const calendar = domainCalendarAt({ base: at['CALENDAR_URL'] ?? '' })
    const asked = { address: '', hasToken: false, sites: ['saf'], from: '2031-08-11', nights: 1, isMine: false, now: 0 }
    const headingIn = async (columns: number) => (await events(calendar, { ...asked, columns })).text?.split('\n')[1]
    expect(await headingIn(100)).toMatch(/^there +UTC +observer +title +project +kind +id$/)
    expect(await headingIn(55)).toMatch(/^there +observer +title +kind +id$/)
    expect(await headingIn(20)).toMatch(/^there +title +id$/)
  })

  it('says of a token that is not accepted that it needs a new one', async () => {
    const { code, err } = await command({ ...at, CALENDAR_TOKEN: 'wrong' }, ['events', 'saf', '--mine'])
    expect([code, err]).toEqual([
      EXIT.unable,
      expect.stringMatching(/ does not accept the token; sign-in prints a new/),
    ])
  })

  it('shows the closure of an enclosure, over several nights, with its dates', async () => {
    const closure = ['reserve', 'park', '2031-09-01 10:00', '--end', '2031-09-04 10:00', '--type', 'maintenance']
    expect((await runAs('grace', ...closure, '--title', 'new roof')).code).toBe(EXIT.done)
    const { out } = await run('events', 'saf', '--from', '2031-09-02')
    expect(out).toMatch(
      /^2031-09-01 10:00-2031-09-04 10:00 {2}2031-09-01 16:00-2031-09-04 16:00 .*new roof .*maintenance: park is closed/m,
    )
    expect((await run('events', 'mrc1', '--from', '2031-09-02')).out).toContain('no reservations')
  })

  it('counts the nights of a site without a position in UTC', async () => {
    await server.post('newevent', newEvent({ site: 'nowhere', start: '2031-10-01T13:00:00Z', end: null }), {
      as: 'ada',
    })
    const { out } = await run('events', 'nowhere', '--from', '2031-10-01')
    expect(out).toMatch(/^nowhere, night of 2031-10-01 in UTC, since its position is not known\nUTC .*\n13:00-13:30 /)
  })

  it.each([
    [['--nights', '0'], '--nights takes a whole number from 1 to 31.'],
    [['--mine'], '--mine needs a token: CALENDAR_TOKEN or --token gives it.'],
    [
      ['--from', 'tomorrow'],
      'tomorrow is not a night: write its date as 2030-06-19, or a time in it as 2030-06-20T04:15Z or "2030-06-19 22:15".',
    ],
  ])('%j: exits with 2, and one sentence', async (args, sentence) => {
    expect(await run('events', 'saf', ...args)).toEqual({ code: EXIT.usage, out: '', err: `${sentence}\n` })
  })
})
