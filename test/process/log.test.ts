import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EXIT } from '../../src/cli/cli-error.ts'
import { type Calendar, type Environment, home, post, startCalendar, TRUSTING } from './calendar.ts'

let place: Awaited<ReturnType<typeof home>>
let environment: Environment
beforeEach(async () => {
  place = await home()
  environment = { ...place.environment, ...TRUSTING, LOG_LEVEL: 'info' }
})
afterEach(() => place.remove())

interface Line {
  readonly msg: string
  readonly route?: string
  readonly lost?: number
}

/** A pipe that is read only when the test says so. */
function pipe() {
  const path = join(place.folder, 'log')
  execFileSync('mkfifo', [path])
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const writer = openSync(path, 'w')
  const chunk = Buffer.alloc(65_536)
  let text = ''
  return {
    /** For the server, which then alone holds that end. */
    given: (): ['ignore', number, 'pipe'] => ['ignore', writer, 'pipe'],
    handedOver: () => closeSync(writer),
    close: () => closeSync(reader),
    /** All whole lines that have come so far. */
    lines(): Line[] {
      try {
        for (let size = 1; size > 0;) text += chunk.toString('utf8', 0, (size = readSync(reader, chunk)))
      } catch (error) {
        expect(error).toMatchObject({ code: 'EAGAIN' })
      }
      return text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Line)
    },
  }
}

/** Requests of which the lines are more than the megabyte that is kept. */
const FLOOD = 10_000
/** Requests of which the lines are more than the 64 kB that a pipe holds. */
const MORE_THAN_A_PIPE = 2000
const CONCURRENCY = 16

/** So many requests, one after the other on each of some connections. */
async function flood({ port }: Calendar, count = FLOOD): Promise<void> {
  await Promise.all(Array.from({ length: CONCURRENCY }, () => askAgain(port, Math.ceil(count / CONCURRENCY))))
}

/** Sends the same request again and again. Node's own client would take longer than the server. */
const askAgain = (port: number, count: number) =>
  new Promise<void>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').setEncoding('latin1')
    const ask = () => socket.write('GET /health/live HTTP/1.1\r\nHost: calendar\r\n\r\n')
    let left = count
    socket.on('connect', ask).on('error', reject)
    socket.on('close', () => (left > 0 ? reject(new Error('The server closed the connection.')) : resolve()))
    socket.on('data', (data: string) => {
      const statuses = data.match(/(?<=HTTP\/1\.1 )\d+/g) ?? []
      if (statuses.some((status) => status !== '200')) reject(new Error(data))
      if (statuses.length === 0) return
      left -= statuses.length
      if (left > 0) ask()
      else socket.destroy()
    })
  })

const lostBy = async ({ port }: Calendar) => {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return Number(/^calendar_log_lines_lost_total (\d+)$/m.exec(text)?.[1])
}
const works = async ({ base }: Calendar) =>
  expect((await post(`${base}/get-event`, { event_id: 'none' })).status).toBe(404)

describe('a log that cannot be written', () => {
  it('because nobody reads the pipe delays no request, and the lost lines are reported once it is read', async () => {
    const log = pipe()
    const calendar = await startCalendar(environment, log.given())
    log.handedOver()
    await flood(calendar)
    await works(calendar)
    const lost = await lostBy(calendar)
    expect(lost).toBeGreaterThan(0)

    const notices = () => log.lines().filter(({ msg }) => msg === 'log lines lost')
    await calendar.until(() => expect(notices()).not.toEqual([]))
    const written = log.lines().filter(({ route }) => route === 'health').length
    const reported = notices().reduce((sum, notice) => sum + (notice.lost ?? 0), 0)
    expect(reported).toBe(await lostBy(calendar))
    expect(written + reported).toBeGreaterThanOrEqual(FLOOD)
    await works(calendar)
    await calendar.until(() => expect(log.lines().map(({ route }) => route)).toContain('get-event'))
    expect((await calendar.end('SIGTERM')).code).toBe(0)
    log.close()
  })

  it('because nobody reads the pipe does not keep the server from stopping', async () => {
    const log = pipe()
    const calendar = await startCalendar(environment, log.given())
    log.handedOver()
    await flood(calendar, MORE_THAN_A_PIPE)
    expect((await calendar.end('SIGTERM')).code).toBe(0)
    log.close()
  })

  it.each(['info', 'fatal'])('because its reader is gone does not end the server, at level %s', async (level) => {
    const log = pipe()
    const calendar = await startCalendar({ ...environment, LOG_LEVEL: level }, log.given())
    log.handedOver()
    log.close()
    for (let n = 0; n < 20; n++) await works(calendar)
    expect((await calendar.end('SIGTERM')).code).toBe(0)
  })

  it('because its disk is full does not end the server', async () => {
    // Where every write fails with ENOSPC.
    const full = openSync('/dev/full', 'w')
    const calendar = await startCalendar(environment, ['ignore', full, full])
    closeSync(full)
    await flood(calendar)
    await works(calendar)
    expect(await lostBy(calendar)).toBeGreaterThan(0)
    expect((await calendar.end('SIGTERM')).code).toBe(0)
  })
})

describe('an uncaught error', () => {
  const onSignal = (what: string) =>
    `--import=data:text/javascript,${encodeURIComponent(`process.on('SIGUSR2', () => { ${what} })`)}`

  it.each([
    ['thrown', onSignal("throw new Error('lost')")],
    ['rejected', onSignal("void Promise.reject(new Error('lost'))")],
  ])('%s is logged, and ends the server', async (_, options) => {
    const calendar = await startCalendar({ ...environment, NODE_OPTIONS: options })
    const { code, out } = await calendar.end('SIGUSR2')
    expect(code).toBe(EXIT.bug)
    const line = out.split('\n').find((text) => text.includes('uncaught error'))
    expect(JSON.parse(line ?? '')).toMatchObject({
      level: 'fatal',
      err: { message: 'lost', stack: expect.any(String) },
    })
  })

  it('ends the server even if it cannot be logged', async () => {
    const full = openSync('/dev/full', 'w')
    const calendar = await startCalendar({ ...environment, NODE_OPTIONS: onSignal("throw new Error('lost')") }, [
      'ignore',
      full,
      full,
    ])
    closeSync(full)
    expect(await calendar.end('SIGUSR2')).toMatchObject({ code: EXIT.bug })
  })
})
