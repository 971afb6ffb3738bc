import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KEY, serve, type TestServer, newEvent } from '../server.ts'

const TIMEOUT_MS = 2000
const WINDOW = { site: 'saf', start: '2030-01-01T00:00:00Z', end: '2030-12-31T00:00:00Z' }

let server: TestServer
let file: Sqlite.Database
beforeAll(async () => {
  server = await serve({ ANONYMOUS_CHANGES_PER_HOUR: '1000000' })
  for (const n of [1, 2, 3])
    await server.post(
      'newevent',
      newEvent({ event_id: `standing-${n}`, start: `2030-06-0${n}T03:00:00Z`, end: null, project_id: 'p#1' }),
      { as: 'bo' },
    )
  file = new Sqlite(server.file, { readonly: true })
  answeredAtFirst = await everythingAnswered()
})
afterAll(() => {
  file.close()
  return server.stop()
})

/** Every row of the SQLite file that a request could change. */
const everything = () =>
  JSON.stringify(
    ['reservations', 'revisions', 'outbox', 'feed'].map((table) => file.prepare(`SELECT * FROM ${table}`).all()),
  )

let answeredAtFirst: string

/** The reservations and histories, as the server returns them. */
async function everythingAnswered(): Promise<string> {
  const ask = { as: 'grace' } as const
  const lists = await Promise.all([
    ...['demo|ada', 'demo|bo', 'demo|grace', 'service:scheduler'].map((user_id) =>
      server.post('user-events-ending-after-time', { user_id, time: '0000-01-01T00:00:00Z' }, ask),
    ),
    ...[1, 2, 3].map((n) => server.post('event-history', { event_id: `standing-${n}` }, ask)),
  ])
  return lists.map(({ text }) => text).join('\n')
}

interface Answer {
  readonly status: number
  readonly type: string | undefined
  readonly body: string
}

/** Sends bytes unchanged, and reads until the connection closes. */
function exchange(bytes: string | Buffer): Promise<Answer[]> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(server.port, '127.0.0.1', () => socket.write(bytes))
    const timeoutMs = setTimeout(() => {
      socket.destroy()
      reject(new Error(`no answer within ${TIMEOUT_MS} ms, but: ${Buffer.concat(chunks).toString().slice(0, 500)}`))
    }, TIMEOUT_MS)
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timeoutMs)
      resolve(answersIn(Buffer.concat(chunks).toString('latin1')))
    })
  })
}

function answersIn(text: string): Answer[] {
  const answers: Answer[] = []
  for (let rest = text; rest.startsWith('HTTP/');) {
    const [head = ''] = rest.split('\r\n\r\n', 1)
    const header = (name: string) => new RegExp(`^${name}: *(.*)$`, 'im').exec(head)?.[1]?.trim()
    const after = rest.slice(head.length + 4)
    const length = header('content-length')
    const body = length === undefined ? unchunked(after, header('transfer-encoding')) : after.slice(0, Number(length))
    answers.push({ status: Number(head.split(' ')[1]), type: header('content-type'), body })
    rest = length === undefined ? '' : after.slice(Number(length))
  }
  return answers
}

const unchunked = (text: string, encoding: string | undefined) =>
  encoding === 'chunked' ? text.replaceAll(/[0-9a-f]+\r\n([^]*?)\r\n/gi, '$1') : text

/** A request as bytes; `headers` replace the default ones. */
function request(line: string, headers: Record<string, string | undefined> = {}, body: string | Buffer = ''): Buffer {
  const all = {
    Host: `127.0.0.1:${server.port}`,
    Connection: 'close',
    ...(body.length > 0 && { 'Content-Length': String(Buffer.byteLength(body)) }),
    ...headers,
  }
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : `${name}: ${value}`))
  return Buffer.concat([Buffer.from(`${[line, ...lines].join('\r\n')}\r\n\r\n`), Buffer.from(body)])
}

const asAda = (headers: Record<string, string | undefined> = {}) => ({
  Authorization: `Bearer ${server.tokens.ada}`,
  ...headers,
})
const list = JSON.stringify(WINDOW)
const query = '?site=saf&start=2030-01-01T00:00Z&end=2030-02-01T00:00Z'

/** The statuses of a rejection, and of any acceptable answer. */
const REFUSED = [400, 401, 403, 404, 405, 408, 411, 412, 413, 414, 415, 417, 426, 429, 431] as const
const ANY = [200, 204, 304, ...REFUSED] as const

type Row = readonly [what: string, bytes: () => string | Buffer, statuses?: readonly number[]]

const BROKEN_HTTP: Row[] = [
  ['bytes that are not HTTP', () => 'hello\r\n\r\n', [400]],
  ['a TLS hello', () => Buffer.from([0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0, 0, 1, 0]), [400]],
  ['an unknown method', () => request('F00 /dev/siteevents HTTP/1.1'), [400]],
  ['an unknown version of HTTP', () => request('GET / HTTP/9.9'), [400]],
  ['HTTP/0.9', () => 'GET /health\r\n\r\n', [400]],
  ['no Host', () => 'GET /dev/sites HTTP/1.1\r\nConnection: close\r\n\r\n', [400]],
  ['two Hosts', () => `GET /dev/sites HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n`, [400]],
  ['an invalid Host', () => request('GET /dev/sites HTTP/1.1', { Host: 'a b/c\\d' }), [400]],
  ['a header without a colon', () => request('GET /dev/sites HTTP/1.1\r\nnonsense'), [400]],
  ['a header name with a space', () => request('GET /dev/sites HTTP/1.1\r\nX y: 1'), [400]],
  ['a header with a NUL', () => request('GET /dev/sites HTTP/1.1', { 'X-Y': 'a\0b' }), [400]],
  ['a folded header', () => request('GET /dev/sites HTTP/1.1\r\nX-Y: a\r\n b'), ANY],
  ['bare line feeds', () => `GET /dev/sites HTTP/1.1\nHost: a\nConnection: close\n\n`, ANY],
  ['headers above 16 kB', () => request('GET /dev/sites HTTP/1.1', { 'X-Y': 'x'.repeat(20_000) }), [431]],
  [
    '3000 headers',
    () => request(`GET /dev/sites HTTP/1.1\r\n${Array.from({ length: 3000 }, (_, n) => `X-${n}: ${n}`).join('\r\n')}`),
    [431],
  ],
  ['a URL of 20 kB', () => request(`GET /dev/sites?${'x'.repeat(20_000)} HTTP/1.1`), [414, 431]],
  [
    'both a Content-Length and chunks',
    () =>
      request(
        'POST /dev/siteevents HTTP/1.1',
        { 'Content-Length': '4', 'Transfer-Encoding': 'chunked' },
        '0\r\n\r\nGET /x HTTP/1.1\r\n\r\n',
      ),
    [400],
  ],
  ['two Content-Lengths', () => request(`POST /dev/siteevents HTTP/1.1\r\nContent-Length: 5`, {}, list), [400]],
  [
    'a negative Content-Length',
    () => request('POST /dev/siteevents HTTP/1.1', { 'Content-Length': '-1' }, list),
    [400],
  ],
  [
    'a hexadecimal Content-Length',
    () => request('POST /dev/siteevents HTTP/1.1', { 'Content-Length': '0x10' }, list),
    [400],
  ],
  [
    'a Content-Length of 30 digits',
    () => request('POST /dev/siteevents HTTP/1.1', { 'Content-Length': '9'.repeat(30) }, list),
    [400, 413],
  ],
  [
    'a Content-Length of 4 GB',
    () => request('POST /dev/siteevents HTTP/1.1', { 'Content-Length': '4294967296' }, list),
    [413],
  ],
  [
    'a body longer than its Content-Length',
    () => request('POST /dev/siteevents HTTP/1.1', { 'Content-Length': '2' }, list),
    [400],
  ],
  [
    'malformed chunks',
    () =>
      request(
        'POST /dev/siteevents HTTP/1.1',
        { 'Content-Length': undefined, 'Transfer-Encoding': 'chunked' },
        'zz\r\n{}\r\n0\r\n\r\n',
      ),
    [400],
  ],
  [
    'an unknown Transfer-Encoding',
    () =>
      request('POST /dev/siteevents HTTP/1.1', { 'Content-Length': undefined, 'Transfer-Encoding': 'xchunked' }, list),
    ANY,
  ],
  [
    'chunks above 64 kB',
    () =>
      request(
        'POST /dev/siteevents HTTP/1.1',
        { 'Content-Length': undefined, 'Transfer-Encoding': 'chunked' },
        `${'4000\r\n' + ' '.repeat(0x4000)}\r\n`.repeat(20) + '0\r\n\r\n',
      ),
    [413],
  ],
  ['a body of 1 MB', () => request('POST /dev/siteevents HTTP/1.1', {}, ' '.repeat(1_000_000)), [413]],
  ['an unknown Expect header', () => request('POST /dev/siteevents HTTP/1.1', { Expect: 'miracles' }, list), [417]],
  [
    'an upgrade to WebSocket',
    () =>
      request('GET /dev/sites HTTP/1.1', { Connection: 'Upgrade', Upgrade: 'websocket' }, '')
        .toString()
        .replace('Upgrade\r\n', 'Upgrade, close\r\n'),
    ANY,
  ],
]

const ODD_HTTP: Row[] = [
  ['HTTP/1.0', () => request('GET /dev/sites HTTP/1.0', { Host: undefined }), [200, 400]],
  ['an absolute URL', () => request(`GET http://127.0.0.1:${server.port}/dev/sites HTTP/1.1`), [200]],
  ['an absolute URL of another host', () => request('GET http://example.org/dev/sites HTTP/1.1'), ANY],
  ['an invalid absolute URL', () => request('GET http://[/ HTTP/1.1'), [400]],
  ['a file URL', () => request('GET file:///etc/passwd HTTP/1.1'), [400, 404]],
  ['a path without a leading slash', () => request('GET dev/sites HTTP/1.1'), [400]],
  ['an asterisk as its path', () => request('GET * HTTP/1.1'), [400, 404]],
  ['a path with two dots', () => request('GET /docs/../../package.json HTTP/1.1'), [404]],
  ['a path with two escaped dots', () => request('GET /docs/%2e%2e/%2e%2e/package.json HTTP/1.1'), [404]],
  ['a path with an escaped slash after two dots', () => request('GET /docs/..%2f..%2fpackage.json HTTP/1.1'), [404]],
  ['a path with backslashes', () => request('GET /docs\\..\\package.json HTTP/1.1'), [400, 404]],
  ['a path with %00', () => request('GET /dev/site%00s HTTP/1.1'), [400, 404]],
  ['a path with %ff', () => request('GET /dev/%ff HTTP/1.1'), [400, 404]],
  ['a path with a broken escape', () => request('GET /dev/%zz HTTP/1.1'), [400, 404]],
  ['a path in raw UTF-8', () => request('GET /dev/sités HTTP/1.1'), [400, 404]],
  ['a path with double slashes', () => request('GET //dev//sites HTTP/1.1'), [400, 404]],
  ['the method HEAD', () => request('HEAD /dev/sites HTTP/1.1'), [200]],
  ['the method HEAD where only POST is allowed', () => request('HEAD /dev/newevent HTTP/1.1'), [405]],
  ['the method PUT', () => request('PUT /dev/newevent HTTP/1.1', asAda(), list), [405]],
  ['the method DELETE', () => request('DELETE /dev/delete HTTP/1.1', asAda(), '{"event_id":"standing-1"}'), [405]],
  ['the method PATCH', () => request('PATCH /dev/modifyevent HTTP/1.1', asAda(), list), [405]],
  ['the method TRACE', () => request('TRACE /dev/siteevents HTTP/1.1'), [405]],
  ['the method PROPFIND', () => request('PROPFIND /dev/siteevents HTTP/1.1'), [405]],
  [
    'the header X-HTTP-Method-Override',
    () => request('POST /dev/siteevents HTTP/1.1', asAda({ 'X-HTTP-Method-Override': 'the method DELETE' }), list),
    [200],
  ],
  ['the method GET and a body', () => request(`GET /dev/siteevents${query} HTTP/1.1`, {}, list), [200]],
  ['a Range', () => request(`GET /dev/siteevents${query} HTTP/1.1`, { Range: 'bytes=0-1' }), [200]],
  ['an invalid Range', () => request('GET /docs/swagger-ui.css HTTP/1.1', { Range: 'bytes=9-1,x' }), [200]],
  [
    'a malformed If-None-Match',
    () => request(`GET /dev/siteevents${query} HTTP/1.1`, { 'If-None-Match': 'W/,"",,*x,"\\"' }),
    [200],
  ],
  [
    'an If-None-Match of 10 kB',
    () => request(`GET /dev/siteevents${query} HTTP/1.1`, { 'If-None-Match': '"a",'.repeat(2500) }),
    [200],
  ],
  [
    'a body labelled as gzip',
    () => request('POST /dev/siteevents HTTP/1.1', { 'Content-Encoding': 'gzip' }, Buffer.from([0x1f, 0x8b, 8, 0, 0])),
    [400],
  ],
  [
    'a body in UTF-16',
    () =>
      request(
        'POST /dev/siteevents HTTP/1.1',
        { 'Content-Type': 'application/json;charset=utf-16' },
        Buffer.from(list, 'utf16le'),
      ),
    [400],
  ],
  [
    'a multipart body',
    () =>
      request(
        'POST /dev/siteevents HTTP/1.1',
        { 'Content-Type': 'multipart/form-data; boundary=x' },
        '--x\r\n\r\n--x--',
      ),
    [400],
  ],
  ['a malformed Accept', () => request('POST /dev/siteevents HTTP/1.1', { Accept: ';;q=x,\t"' }, '{}'), [400]],
  [
    'cookies and the headers of proxies',
    () =>
      request(
        'POST /dev/siteevents HTTP/1.1',
        { Cookie: '__proto__=1', 'X-Forwarded-For': "'; DROP TABLE", 'X-Request-Id': '<script>' },
        list,
      ),
    [200],
  ],
]

const QUERIES: Row[] = (
  [
    ['%00 in a site', '?site=s%00af&start=2030-01-01T00:00Z&end=2030-02-01T00:00Z'],
    ['%ff in a site', '?site=%ff&start=2030-01-01T00:00Z&end=2030-02-01T00:00Z'],
    ['a broken escape', '?site=%zz&start=2030-01-01T00:00Z&end=2030-02-01T00:00Z'],
    ['a repeated scalar', `${query}&start=2030-01-02T00:00Z`],
    ['__proto__', `${query}&__proto__=1`],
    ['__proto__ in brackets', `${query}&__proto__[site]=1&constructor[prototype]=1`],
    ['a list in brackets', '?site[]=saf&start=2030-01-01T00:00Z&end=2030-02-01T00:00Z'],
    ['parameters without names', '?=&&=1&%'],
    ['an unescaped plus', '?site=saf&start=2030-01-01T00:00:00+00:00&end=2030-02-01T00:00Z'],
    ['101 sites', `?${'site=saf&'.repeat(101)}start=2030-01-01T00:00Z&end=2030-02-01T00:00Z`],
    ['an escaped query in its site', `?site=saf%26end%3D1&start=2030-01-01T00:00Z&end=2030-02-01T00:00Z`],
  ] as const
).map(([what, search]) => [`a query with ${what}`, () => request(`GET /dev/siteevents${search} HTTP/1.1`), [200, 400]])

const post =
  (endpoint: string, body: string | Buffer, headers: () => Record<string, string | undefined> = asAda) =>
  () =>
    request(`POST /dev/${endpoint} HTTP/1.1`, headers(), body)

/** An event with one field replaced, as text, so that it can hold what JSON.stringify would not write. */
const eventWith = (field: string, value: string) => {
  const fields: Record<string, string> = {
    event_id: '"hostile"',
    start: '"2030-09-01T00:00:00Z"',
    site: '"saf"',
    [field]: value,
  }
  return `{${Object.entries(fields)
    .map(([name, text]) => `"${name}":${text}`)
    .join(',')}}`
}

const BODIES: Row[] = [
  [
    'invalid UTF-8',
    post('newevent', Buffer.from([...Buffer.from('{"event_id":"'), 0xc3, 0x28, ...Buffer.from('"}')])),
    [400],
  ],
  [
    'a surrogate in UTF-8',
    post('newevent', Buffer.from([...Buffer.from('{"event_id":"'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')])),
    [400],
  ],
  ['half a surrogate pair', post('newevent', eventWith('title', '"\\ud800"')), [400]],
  ['half a pair in a key', post('newevent', eventWith('\\udfff', '1')), [400]],
  ['1e400', post('newevent', eventWith('rating', '1e400')), [400]],
  ['-1e400', post('newevent', eventWith('rating', '-1e400')), [400]],
  ['2^53 + 1', post('newevent', eventWith('rating', '9007199254740993')), [400]],
  ['NaN', post('newevent', eventWith('rating', 'NaN')), [400]],
  ['a number in hexadecimal', post('newevent', eventWith('rating', '0x10')), [400]],
  ['a duplicate key', post('newevent', eventWith('rating', '1,"rating":2')), [400]],
  ['a nested duplicate key', post('newevent', eventWith('rating', '{"a":[{"b":1,"b":2}]}')), [400]],
  ['__proto__', post('newevent', eventWith('__proto__', '{"role":"admin"}')), [400]],
  ['__proto__, escaped', post('newevent', eventWith('\\u005f_proto__', '{"role":"admin"}')), [400]],
  ['33 levels of nesting', post('newevent', eventWith('rating', '['.repeat(32) + ']'.repeat(32))), [400]],
  ['30,000 nested lists', post('newevent', '['.repeat(30_000)), [400]],
  ['10,000 nested objects', post('newevent', '{"a":'.repeat(10_000)), [400]],
  ['a list instead of an object', post('newevent', '[{"event_id":"x"}]'), [400]],
  ['a string instead of an object', post('newevent', '"x"'), [400]],
  ['null instead of an object', post('newevent', 'null instead of an object'), [400]],
  ['a number instead of an object', post('newevent', '42'), [400]],
  ['no content', post('newevent', ''), [400]],
  ['two JSON values', post('newevent', '{}{}'), [400]],
  ['single quotes', post('newevent', "{'event_id':'x'}"), [400]],
  ['a raw line feed in a string', post('newevent', '{"event_id":"a\nb"}'), [400]],
  ['65,537 bytes', post('newevent', `{"a":"${'x'.repeat(65_529)}"}`), [413]],
  ['an id of 60 kB', post('delete', JSON.stringify({ event_id: 'x'.repeat(60_000) })), [400]],
  ['SQL as an id', post('delete', JSON.stringify({ event_id: "standing-1' OR '1'='1" })), [404]],
  [
    'SQL in a list of ids',
    post('remove-project-from-events', JSON.stringify({ events: ["'; DROP TABLE reservations; --"] })),
    [200],
  ],
  [
    'SQL as an observer',
    post('user-events-ending-after-time', JSON.stringify({ user_id: "demo|bo' --", time: WINDOW.start })),
    [200],
  ],
  ['a wildcard as an id', post('delete', '{"event_id":"standing-%"}'), [404]],
  ['a NUL in an id', post('delete', '{"event_id":"standing-1\\u0000"}'), [404]],
  ['control characters in an id', post('get-event', '{"event_id":"\\u0001\\u001b[31m\\r\\nX: y"}'), [404]],
  ['an id with a lookalike letter', post('delete', '{"event_id":"ѕtanding-1"}'), [404]],
  ['an id in decomposed Unicode', post('get-event', '{"event_id":"stand\\u0069\\u0307ng-1"}'), [404]],
  ['an id in another case', post('delete', '{"event_id":"Standing-1"}'), [404]],
  ['an object as an id', post('delete', '{"event_id":{"$ne":null}}'), [400]],
  ['toString as an id', post('get-event', '{"event_id":"toString"}'), [404]],
  ['2030-02-30', post('newevent', eventWith('start', '"2030-02-30T00:00:00Z"')), [400]],
  ['the year -1', post('newevent', eventWith('start', '"-0001-01-01T00:00:00Z"')), [400]],
  ['the year 10000', post('newevent', eventWith('start', '"10000-01-01T00:00:00Z"')), [400]],
  ['an end past the year 9999', post('newevent', eventWith('start', '"9999-12-31T23:59:59Z"')), [400]],
  ['an offset past the year 9999', post('newevent', eventWith('start', '"9999-12-31T23:59:59-01:00"')), [400]],
  ['an offset before the year 0', post('newevent', eventWith('start', '"0000-01-01T00:00:00+01:00"')), [400]],
  ['a time of 60 kB', post('newevent', eventWith('start', `"2030-01-01T00:00:00.${'1'.repeat(60_000)}Z"`)), [400]],
  [
    'a window that ends before it starts',
    post('siteevents', JSON.stringify({ ...WINDOW, start: WINDOW.end, end: WINDOW.start })),
    [400],
  ],
  [
    'a window of 10,000 years',
    post('siteevents', JSON.stringify({ ...WINDOW, start: '0000-01-01T00:00:00Z', end: '9999-12-31T23:59:59Z' })),
    [400],
  ],
  ['the earliest instant', post('get-event-at-time', '{"site":"saf","time":"0000-01-01T00:00:00Z"}'), [200]],
  ['the latest instant', post('get-event-at-time', '{"site":"saf","time":"9999-12-31T23:59:59Z"}'), [200]],
  [
    'the latest instant as a cutoff',
    post('remove-expired-lco-schedule', '{"site":"saf","cutoff_time":"9999-12-31T23:59:59Z"}'),
    [200],
  ],
  ['a site of ../..', post('newevent', eventWith('site', '"../.."')), [400]],
  ['a site with a lookalike letter', post('newevent', eventWith('site', '"ｓaf"')), [400]],
  ['10,000 sites', post('siteevents', JSON.stringify({ ...WINDOW, site: Array(10_000).fill('a') })), [400]],
  ['a revision below 0', post('restore-event', '{"event_id":"standing-1","revision":-1}'), [400]],
  ['a fractional revision', post('restore-event', '{"event_id":"standing-1","revision":1.5}'), [400]],
  ['an unknown revision', post('restore-event', '{"event_id":"standing-1","revision":9007199254740991}'), [404]],
  ['nested lists of ids', post('add-projects-to-events', '{"project_id":"a#1","events":[[[]]]}'), [400]],
  [
    '201 ids from an observer',
    post('add-projects-to-events', JSON.stringify({ project_id: 'a#1', events: Array(201).fill('standing-1') })),
    [400],
  ],
  ['a project_id of hashes', post('add-projects-to-events', '{"project_id":"####","events":["standing-1"]}'), [400]],
  [
    'a change to a reservation of another observer',
    post('modifyevent', '{"event_id":"standing-1","title":"mine"}'),
    [403],
  ],
  [
    'a change to a reservation of another observer, with a forged creator_id',
    post('modifyevent', '{"event_id":"standing-1","title":"mine","creator_id":"demo|ada"}'),
    [403],
  ],
  ['the creator_id of another observer', post('newevent', eventWith('creator_id', '"demo|bo"')), [403]],
  ['the creator_id of a service', post('newevent', eventWith('creator_id', '"service:scheduler"')), [403]],
  ['an override by an observer', post('newevent', eventWith('override', 'true')), [403]],
]

const unsigned = (header: object, claims: object) =>
  [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
const grace = { sub: 'demo|grace', exp: 4_000_000_000, aud: 'urn:photonranch-calendar' }
const signedBody = eventWith('title', '"x"')

const CREDENTIALS: Row[] = (
  [
    ['a token of 10 kB', () => ({ Authorization: `Bearer ${'x'.repeat(10_000)}` }), 401],
    ['a token without a signature', () => ({ Authorization: `Bearer ${unsigned({ alg: 'none' }, grace)}.` }), 401],
    ['a token of alg NONE', () => ({ Authorization: `Bearer ${unsigned({ alg: 'NONE', kid: 'x' }, grace)}.eA` }), 401],
    ['a token of HS256', () => ({ Authorization: `Bearer ${unsigned({ alg: 'HS256', kid: 'x' }, grace)}.eA` }), 401],
    [
      'a token that embeds its own key',
      () => ({
        Authorization: `Bearer ${unsigned({ alg: 'RS256', jwk: {}, jku: 'http://127.0.0.1:1/', kid: 'x' }, grace)}.eA`,
      }),
      401,
    ],
    ['a token with a truncated signature', () => ({ Authorization: `Bearer ${server.tokens.ada.slice(0, -4)}` }), 401],
    [
      'a token with replaced claims',
      () => ({
        Authorization: `Bearer ${server.tokens.ada.replace(/\.[^.]+\./, `.${Buffer.from(JSON.stringify(grace)).toString('base64url')}.`)}`,
      }),
      401,
    ],
    ['a token in lower case', () => ({ Authorization: `Bearer ${server.tokens.ada.toLowerCase()}` }), 401],
    ['two tokens', () => ({ Authorization: `Bearer ${server.tokens.ada} ${server.tokens.grace}` }), 401],
    [
      'two tokens with a comma',
      () => ({ Authorization: `Bearer ${server.tokens.ada}, Bearer ${server.tokens.grace}` }),
      401,
    ],
    [
      'two headers with a token',
      () => ({ Authorization: `Bearer ${server.tokens.ada}\r\nAuthorization: Bearer ${server.tokens.grace}` }),
      401,
    ],
    [
      'two headers with the same token',
      () => ({ Authorization: `Bearer ${server.tokens.ada}\r\nauthorization: Bearer ${server.tokens.ada}` }),
      401,
    ],
    ['two headers with the same service key', () => ({ 'X-Api-Key': `${KEY}\r\nX-API-KEY: ${KEY}` }), 401],
    ['a service key with one more character', () => ({ 'X-Api-Key': `${KEY}x` }), 401],
    ['a service key as a token', () => ({ Authorization: `Bearer ${KEY}` }), 401],
    ['a token as a service key', () => ({ 'X-Api-Key': server.tokens.grace }), 401],
    ['a tab between Bearer and the token', () => ({ Authorization: `Bearer\t${server.tokens.ada}` }), 401],
    ['a token of two dots', () => ({ Authorization: 'Bearer ..' }), 401],
    ['a password by Basic authentication', () => ({ Authorization: 'Basic Z3JhY2U6eA==' }), 401],
    ['nothing after Bearer', () => ({ Authorization: 'Bearer ' }), 401],
    ['a token of non-ASCII bytes', () => ({ Authorization: 'Bearer ÿþ' }), 401],
    ['an empty service key', () => ({ 'X-Api-Key': '' }), 401],
    ['a service key of 10 kB', () => ({ 'X-Api-Key': 'x'.repeat(10_000) }), 401],
    ['toString as a service key', () => ({ 'X-Api-Key': 'toString' }), 401],
    ['the name of a service as its key', () => ({ 'X-Api-Key': 'scheduler' }), 401],
    [
      'a wrong service key beside a token',
      () => ({ 'X-Api-Key': 'x', Authorization: `Bearer ${server.tokens.ada}` }),
      401,
    ],
  ] as const
).map(([what, headers, status]) => [what, post('newevent', signedBody, headers), [status]])

const CONDITIONS: Row[] = [
  'nonsense',
  '"',
  '""',
  '"-1"',
  '"1e0"',
  '"01", x',
  'W/"9"',
  `"${'9'.repeat(400)}"`,
  ',,,',
  '"2"',
].map((header) => [
  `If-Match: ${header.slice(0, 20)}`,
  () =>
    request(
      'POST /dev/modifyevent HTTP/1.1',
      { Authorization: `Bearer ${server.tokens.bo}`, 'If-Match': header },
      '{"event_id":"standing-1","title":"x"}',
    ),
  [412],
])

const GROUPS: [string, Row[]][] = [
  ['broken HTTP:', BROKEN_HTTP],
  ['unusual HTTP:', ODD_HTTP],
  ['an unusual query:', QUERIES],
  ['an unusual body:', BODIES],
  ['invalid credentials:', CREDENTIALS],
  ['an outdated condition:', CONDITIONS],
]

describe.each(GROUPS)('the server is unharmed by %s', (_, rows) => {
  it.each(rows.map(([what, bytes, statuses = REFUSED]) => ({ what, bytes, statuses })))(
    '$what',
    async ({ what, bytes, statuses }) => {
      const before = everything()
      const answers = await exchange(bytes())
      expect(answers.length, 'answers').toBeGreaterThan(0)
      for (const [index, { status, type, body }] of answers.entries()) {
        // A later answer on the connection must be a rejection: otherwise a second request was smuggled.
        expect(index === 0 ? statuses : REFUSED, body.slice(0, 200)).toContain(status)
        if (status < 400 || what.startsWith('the method HEAD')) continue
        expect(type).toBe('application/json')
        expect(JSON.parse(body)).toBeTypeOf('string')
      }
      expect(everything()).toBe(before)
    },
  )
})

it('a POST that announces no body is answered at once, and its connection stays usable', async () => {
  const bare = (path: string, connection: string) =>
    Buffer.from(`POST /dev/${path} HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\n\r\n`)
  const answers = await exchange(
    Buffer.concat([
      bare('siteevents', 'keep-alive'),
      bare('newevent', 'keep-alive'),
      bare('get-event-at-time', 'close'),
    ]),
  )
  expect(answers.map(({ status, body }) => [status, body])).toEqual([
    [400, '"Error: the body must be valid JSON"'],
    [401, expect.any(String)],
    [400, '"Error: the body must be valid JSON"'],
  ])
})

describe('an anonymous write', () => {
  const newEvents = (bytes: number) => JSON.stringify({ event_id: 'x', filler: 'x'.repeat(bytes) })
  const unsigned = (body: string) => request('POST /dev/newevent HTTP/1.1', { Connection: 'keep-alive' }, body)
  const last = () => request('GET /health HTTP/1.1')

  it.each([
    ['of 60 kB', 60_000],
    ['that is too large', 70_000],
    ['of one megabyte', 1_000_000],
  ])('%s leaves its connection usable for the next request', async (_, bytes) => {
    const answers = await exchange(Buffer.concat([unsigned(newEvents(bytes)), unsigned(newEvents(10)), last()]))
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 200])
  })

  it('that arrives slowly leaves its connection usable for the next request', async () => {
    const bytes = unsigned(newEvents(60_000))
    const socket = connect(server.port, '127.0.0.1')
    const answers = new Promise<Answer[]>((resolve) => {
      const chunks: Buffer[] = []
      socket.on('data', (chunk) => chunks.push(chunk))
      socket.on('close', () => resolve(answersIn(Buffer.concat(chunks).toString('latin1'))))
    })
    for (let from = 0; from < bytes.length; from += 10_000) {
      socket.write(bytes.subarray(from, from + 10_000))
      // In total longer than the server goes on receiving a body that no endpoint reads.
      await sleep(150)
    }
    socket.write(last())
    expect((await answers).map(({ status }) => status)).toEqual([401, 200])
  })
})

it('an incomplete request delays no other request', async () => {
  const socket = connect(server.port, '127.0.0.1')
  socket.write(
    request(
      'POST /dev/newevent HTTP/1.1',
      asAda({ 'Content-Length': '500', Connection: 'keep-alive' }),
      '{"event_id":',
    ).subarray(0, -1),
  )
  try {
    expect((await server.post('siteevents', WINDOW)).status).toBe(200)
    // Answered before the incomplete request timed out.
    expect(socket.readyState).toBe('open')
  } finally {
    socket.destroy()
  }
})

it('a hundred connections that close within a request body change no data', async () => {
  const before = everything()
  await Promise.all(
    Array.from(
      { length: 100 },
      () =>
        new Promise<void>((resolve) => {
          const socket = connect(server.port, '127.0.0.1', () => {
            socket.write(
              request('POST /dev/newevent HTTP/1.1', asAda({ 'Content-Length': '500' }), '{"event_id":'),
              () => socket.destroy(),
            )
          })
          socket.on('error', () => {})
          socket.on('close', () => resolve())
        }),
    ),
  )
  expect(everything()).toBe(before)
})

it('the server gives the same answers after all hostile requests as before', async () => {
  expect(answeredAtFirst).toContain('standing-3')
  expect(await everythingAnswered()).toBe(answeredAtFirst)
})
