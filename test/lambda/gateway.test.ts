import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import {
  assertFitsLambda,
  assertFitsStreamed,
  bytesWithinJson,
  type GatewayEvent,
  requestOf as requestOfEvent,
  streamResponse,
} from '../../src/http/adapters/api-gateway.ts'
import type { HttpResponse } from '../../src/http/exchange.ts'
import { restApiEvent, httpApiEvent } from './events.ts'

const HOST = 'calendar.example.org'
const requestOf = (event: GatewayEvent, base: string) => requestOfEvent(event, base, () => {})
const get = (where: string) => ({ method: 'GET', where })

describe('the path of a request', () => {
  it.each([
    ['a REST API', restApiEvent(get('sites'), HOST, '/', 'prod')],
    ['a base path mapping', restApiEvent(get('sites'), HOST, '/calendar/', 'prod')],
    ['an HTTP API', httpApiEvent(get('sites'), HOST, '/', '$default')],
    ['an HTTP API, with the base', httpApiEvent(get('sites'), HOST, '/calendar/', '$default')],
    ['an HTTP API with a stage', httpApiEvent(get('sites'), HOST, '/prod/', 'prod')],
    ['an HTTP API with a stage, with the base', httpApiEvent(get('sites'), HOST, '/prod/calendar/', 'prod')],
    ['an HTTP API whose stage has the name of the base', httpApiEvent(get('sites'), HOST, '/calendar/', 'calendar')],
  ])('is under the base, through %s', (_, event) => {
    expect(requestOf(event, '/calendar').path).toBe('/calendar/sites')
  })

  it.each([
    ['', '/dev/'],
    ['calendars', '/dev/calendars'],
    ['test/sites', '/dev/test/sites'],
    ['../metrics', '/dev/metrics'],
    ['a%2Fb c', '/dev/a%2Fb c'],
  ])('%j stays below the base', (where, path) => {
    expect(requestOf(restApiEvent(get(where), HOST, '/'), '/dev').path).toBe(path)
    expect(requestOf(httpApiEvent(get(where), HOST, '/dev/', 'dev'), '/dev').path).toBe(path)
  })

  it('leads to the page if it is only the stage', () => {
    expect(requestOf({ ...httpApiEvent(get(''), HOST, '/', 'dev'), rawPath: '/dev' }, '/dev').path).toBe('/dev/')
  })
})

describe('a request', () => {
  it('has its headers if multiValueHeaders is empty', () => {
    const event = {
      ...restApiEvent({ ...get('sites'), headers: { 'X-Api-Key': 'a' } }, HOST, '/'),
      multiValueHeaders: {},
    }
    expect(requestOf(event, '/dev').header('x-api-key')).toBe('a')
  })

  it('has the bytes of a header unchanged', () => {
    const { header } = requestOf(
      restApiEvent({ ...get('sites'), headers: { 'User-Agent': 'Őrs — 望遠鏡' } }, HOST, '/'),
      '/dev',
    )
    expect(Buffer.from(header('user-agent') ?? '', 'latin1').toString()).toBe('Őrs — 望遠鏡')
  })

  it('has correctly decoded query values', () => {
    const where = 'siteevents?site=a%26b&site=c%2Bd&start=2030-01-01T00%3A00%3A00%2B02%3A00'
    for (const event of [restApiEvent(get(where), HOST, '/'), httpApiEvent(get(where), HOST, '/', '$default')]) {
      const searchParams = new URLSearchParams(requestOf(event, '/dev').query)
      expect([searchParams.getAll('site'), searchParams.get('start')]).toEqual([
        ['a&b', 'c+d'],
        '2030-01-01T00:00:00+02:00',
      ])
    }
  })

  it('that is malformed is rejected', () => {
    expect(() => requestOf({} as never, '/dev')).toThrow('Error: the request is not valid HTTP')
  })
})

describe('a response', () => {
  it.each(['[]', '{"a":"b\\"c\\\\d"}', '{"höhe":"5 m — 望遠鏡 🔭"}', '{"line":"a\\nb\\u0000"}', 'NAME:a\tb\r\n'])(
    '%s is measured by its size within JSON',
    (document) => {
      expect(bytesWithinJson(Buffer.from(document))).toBe(Buffer.byteLength(JSON.stringify(document)) - 2)
    },
  )

  it('may be as large as Lambda allows, and no larger', () => {
    const envelope = Buffer.byteLength(
      JSON.stringify({ statusCode: 200, headers: {}, body: '', isBase64Encoded: false }),
    )
    const max = JSON.stringify('x'.repeat(6_291_556 - 8192 - 4))
    expect(() => assertFitsLambda(max)).not.toThrow()
    expect(envelope + bytesWithinJson(Buffer.from(max))).toBeLessThan(6_291_556)
    expect(() => assertFitsLambda(`${max} `)).toThrow('ask for a shorter window or fewer sites')
    // Half the limit, but each quote is escaped.
    expect(() => assertFitsLambda(Buffer.alloc(3_200_000, '"'))).toThrow('ask for a shorter window or fewer sites')
  })
})

describe('a streamed response', () => {
  async function streamed(response: HttpResponse, accepted?: string) {
    const types: string[] = []
    const stream = Object.assign(new PassThrough(), { setContentType: (type: string) => void types.push(type) })
    const read: Buffer[] = []
    stream.on('data', (part: Buffer) => read.push(part))
    await streamResponse(response, 'a', accepted, stream)
    const bytes = Buffer.concat(read)
    const end = bytes.indexOf(Buffer.alloc(8))
    return { types, prelude: JSON.parse(bytes.subarray(0, end).toString()) as unknown, body: bytes.subarray(end + 8) }
  }

  it.each([
    [200, '[]'],
    [304, undefined],
    [204, undefined],
    [200, ''],
  ])('of status %i and body %j begins with the prelude for the gateway', async (status, body) => {
    const headers = { 'Content-Type': 'application/json' }
    const { types, prelude, body: sent } = await streamed({ status, headers, body })
    expect(types).toEqual(['application/vnd.awslambda.http-integration-response'])
    expect(prelude).toEqual({
      statusCode: status,
      headers: { 'content-type': 'application/json', 'x-request-id': 'a' },
    })
    expect(sent.toString()).toBe(body ?? '')
  })

  it.each([
    ['too short', 'application/json', 4000, undefined],
    ['an image', 'image/png', 10_000, undefined],
    ['a list', 'application/json', 10_000, 'gzip'],
    ['a page', 'text/html; charset=UTF-8', 10_000, 'gzip'],
  ])('that is %s has the right Content-Encoding', async (_, type, length, encoding) => {
    const { prelude } = await streamed(
      { status: 200, headers: { 'Content-Type': type }, body: 'x'.repeat(length) },
      'gzip, br',
    )
    expect((prelude as { headers: Record<string, string> }).headers['content-encoding']).toBe(encoding)
  })

  it('may have at most 30 MB', () => {
    expect(() => assertFitsStreamed(Buffer.alloc(30_000_000))).not.toThrow()
    expect(() => assertFitsStreamed(Buffer.alloc(30_000_001))).toThrow('ask for a shorter window or fewer sites')
  })
})
