import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { EXIT } from '../../src/cli/cli-error.ts'
import { openSseReader } from '../../src/cli/sse-messages.ts'
import { serve, type TestServer } from '../server.ts'
import { command, startCommand } from './folder.ts'

let server: TestServer
beforeAll(async () => {
  server = await serve()
})
afterAll(() => server.stop())

/** Starts `watch`; `end` interrupts it, and resolves with its exit code. */
function watching(address: string, ...args: string[]) {
  const controller = new AbortController()
  const started = startCommand({ CALENDAR_URL: address }, ['watch', ...args], { signal: controller.signal })
  onTestFinished(() => controller.abort('SIGINT'))
  const end = () => {
    controller.abort('SIGINT')
    return started.code
  }
  return { ...started, end }
}

/** What a stub answers to each request for the stream. It keeps the `Last-Event-ID` of each. */
async function stub(...answers: ((response: ServerResponse) => void)[]) {
  const asked: (string | undefined)[] = []
  const stubbed = createServer((request: IncomingMessage, response) => {
    if (request.url === '/sites') response.setHeader('Content-Type', 'application/json').end('[]')
    else {
      asked.push(request.headers['last-event-id'] as string | undefined)
      answers[asked.length - 1]?.(response)
    }
  }).listen(0, '127.0.0.1')
  await once(stubbed, 'listening')
  onTestFinished(() => {
    stubbed.close()
    stubbed.closeAllConnections()
  })
  return { address: `http://127.0.0.1:${(stubbed.address() as AddressInfo).port}/`, asked }
}

const streams = (text: string, after?: 'ends' | 'breaks') => (response: ServerResponse) => {
  response.setHeader('Content-Type', 'text/event-stream').write(text, () => {
    if (after === 'ends') response.end()
    if (after === 'breaks') response.destroy()
  })
}
const problem =
  (status: number, headers = {}) =>
  (response: ServerResponse) =>
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end('"It is so."')

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
      { event_id: 'seen', start: '2031-06-20T05:00:00Z', end: '2031-06-20T06:00:00Z' },
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
    expect(lines[1]).toMatch(new RegExp(`${at}moved saf, 2031-06-19 22:15-23:00 there, .* to ${later}: `))
    expect(lines[2]).toMatch(new RegExp(`${at}changed ${later}: Ada .*, M57\ufffd\\[31m \\(seen\\)$`))
    expect(lines[3]).toMatch(new RegExp(`${at}cancelled ${later}: `))
    expect([await end(), err()]).toEqual([130, expect.stringMatching(/\nInterrupted\.\n$/)])
  })

  it('prints each change as a line of JSON', async () => {
    const { out, err, end } = watching(`${server.address}${server.base}`, 'saf', '--json')
    await expect.poll(err).toMatch(/^Watching/)
    await server.post('newevent', { event_id: 'json', site: 'saf', start: '2031-06-21T04:15:00Z' }, { as: 'ada' })
    await expect.poll(out).toContain('\n')
    expect(JSON.parse(out())).toMatchObject({ event_id: 'json', revision: 1, before: null, after: { site: 'saf' } })
    expect(await end()).toBe(130)
  })

  it('resumes after the last id when it is cut off, and says so, also when it is back', async () => {
    const { address, asked } = await stub(
      streams('id: 1-a\nevent: hello\ndata: {}\n\n: still here\nid: 2-b\n\n', 'breaks'),
      problem(503),
      streams('id: 9-c\nevent: reset\ndata: {}\n\n'),
    )
    const { out, err, end } = watching(address, 'saf', '--json')
    await expect.poll(out, { timeout: 20_000 }).toBe('{"reset":true}\n')
    expect(asked).toEqual([undefined, '2-b', '2-b'])
    expect(err().split('\n').slice(1)).toEqual([
      `${address} does not answer; trying again.`,
      `${address} answers again.`,
      'Changes may have been missed.',
      '',
    ])
    await end()
  })

  it('says nothing when the server ends the stream, as it does after an hour', async () => {
    const { address, asked } = await stub(streams('id: 1-a\nevent: hello\ndata: {}\n\n', 'ends'), streams(''))
    const { err, end } = watching(address, 'saf')
    await expect.poll(() => asked, { timeout: 20_000 }).toEqual([undefined, '1-a'])
    expect(err()).toBe(`Watching saf at ${address}.\n`)
    await end()
  })

  it('ends when the calendar refuses later, too', async () => {
    const { address } = await stub(streams('id: 1-a\nevent: hello\ndata: {}\n\n', 'breaks'), problem(404))
    expect(await watching(address, 'saf').code).toBe(EXIT.unable)
  })

  it('says in one sentence that a calendar has no stream, or does not answer', async () => {
    const { address } = await stub(problem(406))
    expect(await command({ CALENDAR_URL: address }, ['watch', 'saf'])).toEqual({
      code: EXIT.unable,
      out: '',
      err: `The calendar at ${address} has no stream of changes.\n`,
    })
    const { code, err } = await command({ CALENDAR_URL: 'http://127.0.0.1:1/' }, ['watch', 'saf'])
    expect([code, err]).toEqual([EXIT.unable, expect.stringMatching(/^No calendar answers at/)])
  })
})

describe('a reader of Server-Sent Events', () => {
  it('reads messages in pieces, with line ends of either kind', () => {
    const text = 'retry: 1000\n\nid: 1\r\nevent: change\r\ndata: {"a":1}\r\n\r\n: still here\nid: 2\n\n'
    const read = openSseReader()
    const messages = Array.from(text).flatMap((piece) => read(piece))
    expect(messages).toEqual([{}, { id: '1', event: 'change', data: '{"a":1}' }, { id: '2' }])
  })

  it('does not keep a message without end', () => {
    const read = openSseReader()
    expect(() => Array.from({ length: 20 }, () => read('x'.repeat(100_000)))).toThrow('too long')
  })
})
