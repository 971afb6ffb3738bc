import { describe, expect, it } from 'vitest'
import { getRoute } from '../../src/http/exchange.ts'
import { answerNotFound } from '../../src/http/pages/not-found.ts'
import { openRouter } from '../../src/http/router.ts'
import { requestTo } from '../app-options.ts'

const answerWith = (status: number) => () => ({ status, headers: {} })
const routes = {
  list: [
    { method: 'POST' as const, path: '/dev/list', handle: answerWith(201) },
    getRoute('/dev/list', answerWith(202)),
  ],
  write: [{ method: 'POST' as const, path: '/dev/write', handle: answerWith(203) }],
  page: [getRoute('/', answerWith(204)), getRoute('/:site', (_, site) => ({ status: 205, headers: { site } }))],
  file: [getRoute('/assets/:file', answerWith(206))],
  feed: [getRoute('/dev/sites/:site.ics', answerWith(207), (segment) => segment === 'saf.ics')],
}
const router = openRouter(routes, answerNotFound)

async function ask(method: string, path: string) {
  const { name, handle } = router(method, path)
  const { status, headers } = await handle(requestTo(method, path), path.slice(1))
  return { name, status, headers }
}

describe('the router', () => {
  it.each([
    ['POST', '/dev/list', 'list', 201],
    ['GET', '/dev/list', 'list', 202],
    ['HEAD', '/dev/list', 'list', 202],
    ['POST', '/dev/write', 'write', 203],
    ['GET', '/', 'page', 204],
    ['GET', '/saf', 'page', 205],
    ['HEAD', '/saf', 'page', 205],
    ['GET', '/assets/x.js', 'file', 206],
    ['OPTIONS', '/dev/list', 'unknown', 204],
    ['OPTIONS', '/nowhere/at/all', 'unknown', 204],
    ['GET', '/dev/write', 'unknown', 405],
    ['HEAD', '/dev/write', 'unknown', 405],
    ['PUT', '/dev/list', 'unknown', 405],
    ['POST', '/', 'unknown', 405],
    ['GET', '/dev/sites/saf.ics', 'feed', 207],
    ['POST', '/dev/sites/saf.ics', 'unknown', 405],
    ['PROPFIND', '/dev/sites/saf.ics', 'unknown', 405],
  ])('passes %s %s to %s, with status %i', async (method, path, name, status) => {
    expect(await ask(method, path)).toMatchObject({ name, status })
  })

  it.each([
    ['GET', '/dev/other'],
    ['GET', '/dev/list/'],
    ['GET', '/assets/'],
    ['GET', '/saf/more'],
    ['GET', ''],
    ['POST', '/saf'],
    ['POST', '/:site'],
    ['PUT', '/assets/x.js'],
    ['POST', '/dev/sites/nowhere.ics'],
  ])('answers %s %s with 404', (method, path) => {
    const { name, handle } = router(method, path)
    expect(name).toBe('unknown')
    expect(() => handle(requestTo(method, path), '')).toThrow(expect.objectContaining({ code: 'not_found' }))
  })

  it('names the allowed methods of a path', async () => {
    expect((await ask('DELETE', '/dev/list')).headers['Allow']).toBe('POST, GET, OPTIONS')
    expect((await ask('DELETE', '/dev/sites/saf.ics')).headers['Allow']).toBe('GET, OPTIONS')
  })

  it('passes the last segment of a path to the handler', async () => {
    expect((await ask('GET', '/mrc1')).headers['site']).toBe('mrc1')
  })
})
