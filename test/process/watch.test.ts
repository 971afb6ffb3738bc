import { spawn } from 'node:child_process'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { endOf } from '../child.ts'
import { asService, home, minute, post, startCalendar, TRUSTING } from './calendar.ts'

let place: Awaited<ReturnType<typeof home>>
beforeEach(async () => {
  place = await home()
})
afterEach(() => place.remove())

it('watches across a restart of the server without missing a change, and ends with 130 on SIGINT', async () => {
  const environment = { ...place.environment, ...TRUSTING }
  const first = await startCalendar(environment)
  const child = spawn(process.execPath, ['bin/photonranch-calendar.js', 'watch', 'saf', '--json'], { env: environment })
  let [out, err] = ['', '']
  child.stdout.on('data', (data: Buffer) => (out += data))
  child.stderr.on('data', (data: Buffer) => (err += data))
  const { ended, until } = endOf(child, () => err)
  const reserve = (id: string, n: number) =>
    post(`${first.base}/newevent`, { event_id: id, site: 'saf', start: minute(n), end: minute(n + 1) }, asService)
  const seen = () =>
    out
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { event_id: string }).event_id)
  try {
    await until(() => expect(err).toContain('Watching saf'))
    await reserve('before', 0)
    await until(() => expect(seen()).toEqual(['before']))
    await first.end('SIGKILL')
    await until(() => expect(err).toContain('does not answer; trying again.'))
    await startCalendar(environment)
    await reserve('after', 1)
    await until(() => expect(seen()).toEqual(['before', 'after']))
    expect(err).toContain('answers again.')
  } finally {
    child.kill('SIGINT')
  }
  expect(await ended).toEqual([130, null])
  expect(JSON.parse(out.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ error: { code: 'interrupted' } })
})
