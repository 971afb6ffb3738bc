import { once } from 'node:events'
import { linkSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { command } from '../cli/folder.ts'
import { asService, type Environment, freePort, home, post, SERVICE_KEY, startCalendar, TRUSTING } from './calendar.ts'

let place: Awaited<ReturnType<typeof home>>
let environment: Environment
beforeEach(async () => {
  place = await home()
  environment = { ...place.environment, ...TRUSTING }
})
afterEach(() => place.remove())

/** The same calendar, for another server. */
const another = async (file = place.file): Promise<Environment> => ({
  ...environment,
  PORT: String(await freePort()),
  STORE: `sqlite:${file}`,
})
const rejected = (file: string, pid: number) => ({
  code: 1,
  err: `${file} is served already by process ${pid}: only one server may have a file.\n`,
})
const proposed = { event_id: 'one', site: 'saf', start: '2030-06-20T04:15:00Z' }

describe('a file that is served', () => {
  it('is rejected by a second server, under any name, until the first exits or is killed', async () => {
    const first = await startCalendar(environment)
    const link = join(place.folder, 'link.db')
    symlinkSync(place.file, link)
    expect(await command(await another(link), ['serve'])).toMatchObject(rejected(link, first.pid))
    expect((await post(`${first.base}/newevent`, proposed, asService)).status).toBe(200)

    await first.end('SIGKILL')
    const second = await startCalendar(await another(link))
    expect(await command(await another(), ['serve'])).toMatchObject(rejected(place.file, second.pid))
    expect((await post(`${second.base}/get-event`, proposed)).status).toBe(200)
    await second.end('SIGTERM')
    const third = await startCalendar(environment)
    await third.end('SIGTERM')
  })

  it('is served by exactly one of two servers that start at once', async () => {
    const outcomes = await Promise.allSettled([environment, await another()].map((one) => startCalendar(one)))
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const [loser] = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(String(loser?.reason)).toContain(`${place.file} is served already`)
    for (const outcome of outcomes) if (outcome.status === 'fulfilled') await outcome.value.end('SIGTERM')
  })

  it('may be used by commands at the same time', async () => {
    const calendar = await startCalendar(environment)
    expect((await post(`${calendar.base}/newevent`, proposed, asService)).status).toBe(200)
    const rows = join(place.folder, 'rows.jsonl')
    writeFileSync(
      rows,
      `${JSON.stringify({ ...proposed, event_id: 'imported', site: 'mrc1', end: '2030-06-20T05:15:00Z', creator_id: 'x', creator: 'X' })}\n`,
    )
    for (const args of [
      ['check'],
      ['backup', join(place.folder, 'copy.db')],
      ['export', join(place.folder, 'out.jsonl')],
      ['import', rows],
    ]) {
      expect(await command(environment, args), args[0]).toMatchObject({ code: 0 })
    }
    expect((await post(`${calendar.base}/get-event`, { event_id: 'imported' })).status).toBe(200)
    expect((await calendar.end('SIGTERM')).code).toBe(0)
  })

  it('is waited for by a second server while the first is stopping', async () => {
    const first = await startCalendar(environment)
    // A request of which the end is outstanding: it is waited for.
    const body = JSON.stringify(proposed)
    const socket = connect(first.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(
      `POST /dev/newevent HTTP/1.1\r\nHost: calendar\r\nX-Api-Key: ${SERVICE_KEY}\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 20)}`,
    )
    const ended = first.end('SIGTERM')
    while (
      await fetch(`http://127.0.0.1:${first.port}/health/live`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      await sleep(20)
    const starting = startCalendar(await another())
    await sleep(200)
    socket.end(body.slice(20))
    expect((await ended).code).toBe(0)
    const second = await starting
    expect((await post(`${second.base}/get-event`, proposed)).status).toBe(200)
    await second.end('SIGTERM')
  })

  it('is not shared when its lock file is deleted', async () => {
    const first = await startCalendar(environment)
    rmSync(`${place.file}-server`)
    await first.until(() => expect(readdirSync(place.folder)).toContain('calendar.db-server'))
    expect(await command(await another(), ['serve'])).toMatchObject(rejected(place.file, first.pid))
    expect((await post(`${first.base}/newevent`, proposed, asService)).status).toBe(200)
    await first.end('SIGTERM')
  })
})

it('serve rejects a file with two hard links, which would have two write-ahead logs', async () => {
  openDatabase(place.file).close()
  linkSync(place.file, join(place.folder, 'other.db'))
  expect(await command(environment, ['serve'])).toMatchObject({
    code: 1,
    err: expect.stringContaining(`${place.file} has several names (hard links)`),
  })
})

it('leaves no lock file beside a file that is not a calendar', async () => {
  writeFileSync(place.file, 'Dear Ada, the dome is stuck again. '.repeat(100))
  expect((await command(environment, ['serve'])).code).toBe(1)
  expect(readdirSync(place.folder)).toEqual(['calendar.db'])
})
