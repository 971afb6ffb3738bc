import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest'
import { calendarAt } from '../../src/client/calendar.ts'
import { endOf } from '../child.ts'
import { type Calendar, home, minute, SERVICE_KEY, startCalendar, TRUSTING } from './calendar.ts'

let place: Awaited<ReturnType<typeof home>>
beforeEach(async () => {
  place = await home()
})
afterEach(() => place.remove())

/** Starts a program that follows the changes at `saf`; `kill` resolves when it is gone. */
function startFollower(base: string, since: string, lines: string[]) {
  const child = spawn(process.execPath, ['test/process/follower.js', base, 'saf', since], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const reader = createInterface(child.stdout).on('line', (line) => lines.push(line))
  const closed = once(reader, 'close')
  const { until } = endOf(child)
  onTestFinished(() => void child.kill('SIGKILL'))
  const kill = async () => {
    child.kill('SIGKILL')
    await closed
  }
  return { until, kill }
}

it('a program that follows changes misses none, whether it or the server is killed', async () => {
  const environment = { ...place.environment, ...TRUSTING }
  let server: Calendar = await startCalendar(environment)
  const calendar = calendarAt({ base: server.base, apiKey: SERVICE_KEY, retries: 100, timeoutMs: 100_000 })
  const { cursor } = await calendar.changesPage()
  const made: string[] = []
  const enough = new AbortController()
  onTestFinished(() => enough.abort())
  const writing = (async () => {
    for (let n = 0; !enough.signal.aborted; n += 1) {
      await calendar.newEvent({ event_id: `id-${n}`, site: 'saf', start: minute(n), end: minute(n + 1) })
      made.push(`id-${n}`)
      await sleep(20)
    }
  })()
  const lines: string[] = []
  const moreThanFiveIn = (list: string[]) => {
    const count = list.length + 5
    return () => expect(list.length).toBeGreaterThan(count)
  }
  const follower = startFollower(server.base, cursor, lines)
  await follower.until(moreThanFiveIn(lines))
  await server.end('SIGKILL')
  server = await startCalendar(environment)
  await follower.until(moreThanFiveIn(lines))
  await follower.kill()
  await server.until(moreThanFiveIn(made))
  const second = startFollower(server.base, lines.at(-1)?.split(' ')[0] ?? '', lines)
  await second.until(moreThanFiveIn(lines))
  await server.end('SIGTERM')
  server = await startCalendar(environment)
  await server.until(moreThanFiveIn(made))
  enough.abort()
  await writing
  await second.until(() => expect(lines.map((line) => line.split(' ')[1])).toEqual(made))
  await second.kill()
})
