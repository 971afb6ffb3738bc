import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { EXIT } from '../../src/cli/cli-error.ts'
import { httpStub } from '../http-stub.ts'
import { freshId, serve, type TestServer } from '../server.ts'
import { command, startCommand } from './folder.ts'

let server: TestServer
beforeAll(async () => {
  server = await serve()
})
afterAll(() => server.stop())

/** Starts `watch`; `end` interrupts it, and resolves with its exit code. */
function watching(address: string, site: string, environment: Record<string, string> = {}, ...args: string[]) {
  const controller = new AbortController()
  const variables = { CALENDAR_URL: address, ...environment }
  const started = startCommand(variables, ['watch', site, ...args], { signal: controller.signal })
  onTestFinished(() => controller.abort('SIGINT'))
  const end = () => {
    controller.abort('SIGINT')
    return started.code
  }
  return { ...started, end }
}

type Handler = (response: ServerResponse) => void

/** A calendar that answers each request for a page of changes by turns, then with none. It keeps the cursor of each. */
async function stub(...pages: Handler[]) {
  const asked: (string | null)[] = []
  const address = await httpStub((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://stub.invalid')
    if (pathname === '/sites') json(200, [])(response)
    else if (request.headers.accept === 'text/event-stream') response.destroy()
    else {
      const since = searchParams.get('since')
      asked.push(since)
      const handler = pages[asked.length - 1] ?? json(200, { changes: [], cursor: since })
      handler(response)
    }
  })
  return { address, asked }
}

const json =
  (status: number, value: unknown): Handler =>
  (response) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))
const problem = (status: number, code = 'unknown') => json(status, { code, detail: 'It is so.' })
const breaks: Handler = (response) => void response.destroy()
const nothingAfter = (cursor: string) => json(200, { changes: [], cursor })
/** As often as a read is made, until it counts as not answered. */
const thrice = (handler: Handler) => [handler, handler, handler]

describe('watch', () => {
  it('prints what was reserved, moved, changed and cancelled, with both clocks', async () => {
    const { out, err, end } = watching(`${server.address}${server.base}`, 'saf')
    await expect.poll(err).toMatch(/^Watching saf at /)
    const event = {
      event_id: 'seen',
      site: 'saf',
      start: '2031-06-20T04:15:00Z',
      end: '2031-06-20T05:00:00Z',
      title: 'M13',
    }
    await server.post('newevent', event, { as: 'ada' })
    await server.post(
      'modifyevent',
      { event_id: 'seen', start: '2031-06-20T05:00:00Z', end: '2031-06-20T06:00:00Z', title: 'مجرة' },
      { as: 'ada' },
    )
    await server.post('modifyevent', { event_id: 'seen', title: 'M57\u001b[31m' }, { as: 'ada' })
    await server.post('delete', { event_id: 'seen' }, { as: 'ada' })
    await expect.poll(out).toContain('cancelled')
    const lines = out().trimEnd().split('\n')
    const at = String.raw`^\d\d:\d\d:\d\d there, \d\d:\d\d:\d\d UTC: `
    const later = 'saf, 2031-06-19 23:00-2031-06-20 00:00 there, 2031-06-20 05:00-06:00 UTC'
    expect(lines[0]).toMatch(
      new RegExp(
        `${at}reserved saf, 2031-06-19 22:15-23:00 there, 2031-06-20 04:15-05:00 UTC: Ada .*, M13 \\(seen\\)$`,
      ),
    )
    expect(lines[1]).toMatch(
      new RegExp(`${at}moved saf, 2031-06-19 22:15-23:00 there, .* to ${later}: Ada .*, \u2068مجرة\u2069 \\(seen\\)$`),
    )
    expect(lines[2]).toMatch(new RegExp(`${at}changed ${later}: Ada .*, M57\ufffd\\[31m \\(seen\\)$`))
    expect(lines[3]).toMatch(new RegExp(`${at}cancelled ${later}: `))
    expect([await end(), err()]).toEqual([130, expect.stringMatching(/\nInterrupted\.\n$/)])
  })

  it('prints each change as a line of JSON', async () => {
    const { out, err, end } = watching(`${server.address}${server.base}`, 'saf', {}, '--json')
    await expect.poll(err).toMatch(/^Watching/)
    await server.post('newevent', { event_id: 'json', site: 'saf', start: '2031-06-21T04:15:00Z' }, { as: 'ada' })
    await expect.poll(out).toContain('\n')
    expect(JSON.parse(out())).toMatchObject({ event_id: 'json', revision: 1, before: null, after: { site: 'saf' } })
    expect(await end()).toBe(130)
  })

  it('goes on after the last change when the calendar does not answer, and says so, also when it is back', async () => {
    const change = { cursor: '2', event_id: 'm13', at: '2031-06-20T04:15:00Z', before: null, after: null }
    const { address, asked } = await stub(
      nothingAfter('1'),
      json(200, { changes: [change], cursor: '2' }),
      ...thrice(breaks),
      problem(503),
    )
    const { out, err, end } = watching(address, 'saf', {}, '--json')
    await expect.poll(err).toContain('answers again')
    expect(asked.slice(0, 7)).toEqual([null, '1', '2', '2', '2', '2', '2'])
    expect(JSON.parse(out())).toEqual(change)
    expect(err().split('\n')).toEqual([
      `Watching saf at ${address}.`,
      `${address} does not answer; trying again.`,
      `${address} answers again.`,
      '',
    ])
    await end()
  })

  it('says that changes may have been missed, and goes on from the present', async () => {
    const { address, asked } = await stub(nothingAfter('1'), problem(410, 'gone'), nothingAfter('9'))
    const { out, err, end } = watching(address, 'saf', {}, '--json')
    await expect.poll(out).toBe('{"reset":true}\n')
    await expect.poll(() => asked).toEqual([null, '1', null, '9'])
    expect(err().split('\n').slice(1)).toEqual(['Changes may have been missed.', ''])
    await end()
  })

  it('ends when the calendar refuses later, too', async () => {
    const { address } = await stub(nothingAfter('1'), problem(404))
    expect(await watching(address, 'saf').code).toBe(EXIT.unable)
  })

  it('says who made the change of another, to those who may know', async () => {
    const event = { event_id: freshId(), site: 'saf', start: '2031-06-22T04:15:00Z' }
    const address = `${server.address}${server.base}`
    const asAda = watching(address, 'saf', { CALENDAR_TOKEN: server.tokens.ada })
    const asNobody = watching(address, 'saf')
    for (const { err } of [asAda, asNobody]) await expect.poll(err).toMatch(/^Watching/)
    await server.post('newevent', event, { as: 'ada' })
    await server.post('delete', event, { as: 'grace' })
    await server.post('restore-event', { ...event, revision: 1 }, { as: 'grace' })
    for (const { out } of [asAda, asNobody]) await expect.poll(out).toContain('restored')
    const endings = asAda
      .out()
      .split('\n')
      .map((line) => line.replace(/^.*\)/, ''))
    expect(endings).toEqual(['', ' by demo|grace', ' by demo|grace', ''])
    expect(asNobody.out()).not.toContain('grace')
  })

  it('says in one sentence that no calendar answers', async () => {
    const { code, err } = await command({ CALENDAR_URL: 'http://127.0.0.1:1/' }, ['watch', 'saf'])
    expect([code, err]).toEqual([EXIT.unable, expect.stringMatching(/^No calendar answers at/)])
  })
})
