import { expect, it, onTestFinished } from 'vitest'
import { createApp } from '../../src/http/app.ts'
import { openLog, requestLogOf } from '../../src/ops/log.ts'
import { appOptions, requestTo } from '../app-options.ts'
import { memoryStore } from '../context.ts'

/** Opens a log whose lines are parsed. */
function openTestLog(level = 'info') {
  const lines: Record<string, unknown>[] = []
  const log = openLog(level, {
    write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    lostLines: () => 0,
    onRecovered: () => {},
    diskSpace: async () => undefined,
    close: async () => {},
  })
  return { log, lines }
}

it('the request log has five fields of each request, and no secret of the client', async () => {
  const { log, lines } = openTestLog()
  const store = memoryStore()
  onTestFinished(() => store.close())
  const app = createApp(appOptions(store, { log, logRequest: requestLogOf(log) }))
  const secret = 'a-secret'
  for (const method of ['POST', 'GET', 'PUT', 'OPTIONS'])
    for (const path of ['/dev/siteevents', '/dev/me', '/dev/newevent', `/${secret}`, `/dev/${secret}`])
      await app(
        requestTo(method, path, {
          id: 'request-1',
          query: `token=${secret}&site=${secret}`,
          header: () => secret,
          body: Buffer.from(JSON.stringify({ authorization: secret, token: secret, 'x-api-key': secret })),
        }),
      )
  expect(lines).toHaveLength(20)
  for (const line of lines) {
    expect(Object.keys(line)).toEqual(['level', 'time', 'id', 'method', 'route', 'status', 'ms', 'msg'])
    expect(line).toMatchObject({ level: 'info', id: 'request-1', msg: 'request' })
    expect(JSON.stringify(line)).not.toContain(secret)
  }
})

it('the request log omits every other field', () => {
  const { log, lines } = openTestLog()
  const line = { id: 'a', method: 'GET', route: 'me', status: 200, ms: 1 }
  requestLogOf(log)(Object.assign({ authorization: 'a-secret', headers: { token: 'a-secret' } }, line))
  expect(lines).toEqual([{ level: 'info', time: expect.any(String), ...line, msg: 'request' }])
})

it('the log omits credentials from every other line', () => {
  const { log, lines } = openTestLog()
  requestLogOf(log)
  log.info({
    headers: { authorization: 'a-secret', 'x-api-key': 'a-secret', accept: '*/*' },
    one: { token: 'a-secret' },
  })
  expect(lines).toEqual([expect.objectContaining({ headers: { accept: '*/*' }, one: {} })])
})

it('the request log is empty at a higher log level', () => {
  const { log, lines } = openTestLog('warn')
  requestLogOf(log)({ id: 'a', method: 'GET', route: 'me', status: 200, ms: 1 })
  expect(lines).toEqual([])
})
