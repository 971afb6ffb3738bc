import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { extname } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serve, serveHere, type TestServer } from '../server.ts'

const BUILT = 'dist/web'
const ASSETS = readdirSync(`${BUILT}/assets`)
const scripts = ASSETS.filter((name) => name.endsWith('.js'))
/** The script that the document loads first. */
const [first = ''] = scripts.filter((name) => readFileSync(`${BUILT}/index.html`, 'utf8').includes(name))

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.woff2': 'font/woff2',
}

const HTML = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

let server: TestServer
beforeAll(async () => {
  server = await serve({ FRAME_ANCESTORS: 'https://example.org https://*.example.com' })
})
afterAll(() => server.stop())

const get = (path: string, headers = {}) => server.send('GET', path, { headers })

describe('the document', () => {
  it.each(['/', '/saf', '/saf?view=night&night=2030-03-06', '/mrc1?embed', '/dev/', '/dev/saf'])(
    'is served at %s',
    async (path) => {
      const { status, type, text, headers } = await get(path, HTML)
      expect([status, type]).toEqual([200, 'text/html; charset=UTF-8'])
      expect(text).toContain('<title>Photon Ranch Calendar</title>')
      expect(headers.get('cache-control')).toBe('no-cache')
    },
  )

  it.each(['/', '/saf', '/dev/', '/dev/saf'])(
    'at %s has working links to the endpoints and its assets',
    async (path) => {
      const { text } = await get(path, HTML)
      const [, endpoints = ''] = /<meta name="calendar" content="([^"]*)"/.exec(text) ?? []
      const page = new URL(path, server.address)
      const config = await fetch(new URL('config', new URL(endpoints, new URL('./', page))))
      expect(await config.json()).toMatchObject({ stage: 'dev' })
      const loaded = [...text.matchAll(/(?:src|href)="(\.[^"]+)"/g)].map(([, name = '']) => new URL(name, page))
      expect(loaded.length).toBeGreaterThan(2)
      for (const one of loaded) expect([one.pathname, (await fetch(one)).status]).toEqual([one.pathname, 200])
    },
  )

  it.each(['prod', 'test'])('is under the base of the stage %s', async (stage) => {
    const other = await serveHere({ STAGE: stage })
    const { status, text } = await other.send('GET', `${other.base}/saf`, { headers: HTML })
    expect([status, text]).toEqual([200, expect.stringContaining('content="./"')])
    expect((await other.send('GET', '/', { headers: HTML })).text).toContain(`content="${other.base.slice(1)}/"`)
  })

  it('has no inline scripts or styles', async () => {
    const { text } = await get('/', HTML)
    expect(text).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/i)
    for (const [, attributes = '', inner = ''] of text.matchAll(/<script([^>]*)>([^<]*)/g))
      expect([attributes, inner]).toEqual([expect.stringContaining('src="./assets/'), ''])
  })
})

describe('a path without a page', () => {
  it.each(['/sfa', '/SAF', '/no%20such%20site', '/100%'])('%s shows an error in the page', async (path) => {
    const { status, type, text } = await get(path, HTML)
    expect([status, type]).toEqual([404, 'text/html; charset=UTF-8'])
    expect(text).toContain('<title>Photon Ranch Calendar</title>')
  })

  it.each(['/foo/bar', '/saf/more', '/a/b/c/', '/dev/a/b'])('%s is a page that leads to the calendar', async (path) => {
    const { status, type, text } = await get(path, HTML)
    expect([status, type]).toEqual([404, 'text/html; charset=UTF-8'])
    const [, link = ''] = /href="([^"]+)"/.exec(text) ?? []
    expect(new URL(link, new URL(path, server.address)).pathname).toBe('/')
  })

  it('has the colours of the calendar, by a style whose hash its policy names', async () => {
    const { text, headers } = await server.send('GET', '/foo/bar', { headers: HTML })
    const [, style = ''] = /<style>([^<]*)<\/style>/.exec(text) ?? []
    const theme = readFileSync('web/theme.css', 'utf8')
    const colours = style.match(/light-dark\([^)]*\)/g) ?? []
    expect(colours.length).toBeGreaterThan(4)
    for (const one of colours) expect(theme).toContain(one)
    expect(text).not.toMatch(/\sstyle=|<script/)
    const hash = createHash('sha256').update(style).digest('base64')
    expect(headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    )
  })

  it.each([
    ['/saf/', '/saf'],
    ['/saf/?view=month', '/saf?view=month'],
    ['/dev/saf/', '/dev/saf'],
  ])('%s leads to %s', async (path, to) => {
    const { status, headers } = await fetch(new URL(path, server.address), { redirect: 'manual' })
    expect([status, new URL(headers.get('location') ?? '', new URL(path, server.address)).href]).toEqual([
      308,
      new URL(to, server.address).href,
    ])
  })

  it.each([
    ['/sfa', { Accept: '*/*' }],
    ['/sfa', { Accept: 'application/json' }],
    ['/dev/siteevent', {}],
    ['/dev/sfa', HTML],
    ['/saf/more', { Accept: 'application/json' }],
    ['/assets/no-such.js', HTML],
  ])('%s is answered with a JSON string to a program', async (path, headers) => {
    const { status, type, body } = await get(path, headers)
    expect([status, type, body]).toEqual([404, 'application/json', 'There is nothing at this address.'])
  })
})

describe('the Content-Security-Policy', () => {
  const policyAt = async (path: string, of = server) => {
    const { headers } = await of.send('GET', path, { headers: HTML })
    const parts = (headers.get('content-security-policy') ?? '').split('; ').map((part) => part.split(' '))
    return Object.fromEntries(parts.map(([name = '', ...sources]) => [name, sources]))
  }

  it.each(['/', '/saf', '/sfa', '/dev/', '/dev/saf'])('at %s allows only what the page needs', async (path) => {
    expect(await policyAt(path)).toEqual({
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'font-src': ["'self'"],
      'img-src': ["'self'"],
      'manifest-src': ["'self'"],
      'connect-src': ["'self'", 'https://issuer.invalid'],
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
      'frame-ancestors': ['https://example.org', 'https://*.example.com'],
    })
  })

  it('allows requests to the issuer only, and no framing', async () => {
    const one = await serveHere({ AUTH_ISSUER: 'https://issuer.example/tenant/', AUTH_PUBLIC_KEY: '' })
    expect(await policyAt('/saf', one)).toMatchObject({
      'connect-src': ["'self'", 'https://issuer.example'],
      'frame-ancestors': ["'none'"],
    })
  })

  it('allows no foreign requests without an issuer', async () => {
    const one = await serveHere({ AUTH_ISSUER: '' })
    expect(await policyAt('/saf', one)).toMatchObject({ 'connect-src': ["'self'"] })
  })
})

describe('an asset', () => {
  it.each(ASSETS)('%s is as built, and can be cached for ever', async (name) => {
    const { status, type, headers } = await get(`/assets/${name}`)
    expect([status, type?.split(';')[0]]).toEqual([200, TYPES[extname(name)]])
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    const { bytes } = await raw(`/assets/${name}`, {})
    expect(bytes.equals(readFileSync(`${BUILT}/assets/${name}`))).toBe(true)
  })

  it('that is a typeface is not compressed again', async () => {
    const font = ASSETS.find((name) => name.endsWith('.woff2'))
    expect((await raw(`/assets/${font}`, { 'Accept-Encoding': 'gzip' })).encoding).toBeUndefined()
  })

  it('has a hash of its content in its name', () => {
    for (const name of ASSETS) expect(name).toMatch(/-[\w-]{8}\.(js|css|svg|woff2)$/)
  })

  it('is compressed if the client accepts that', async () => {
    const { encoding, bytes } = await raw(`/assets/${first}`, { 'Accept-Encoding': 'gzip' })
    expect(encoding).toBe('gzip')
    expect(gunzipSync(bytes).toString()).toBe(readFileSync(`${BUILT}/assets/${first}`, 'utf8'))
    expect((await raw(`/assets/${first}`, {})).encoding).toBeUndefined()
  })

  it('is the icon, cached for a day', async () => {
    const { status, type, headers } = await get('/icon.svg')
    expect([status, type, headers.get('cache-control')]).toEqual([200, 'image/svg+xml', 'public, max-age=86400'])
  })

  it.each([
    ['favicon.ico', 'image/x-icon'],
    ['icon-180.png', 'image/png'],
    ['manifest.webmanifest', 'application/manifest+json'],
  ])('is %s', async (name, expected) => {
    const { status, type } = await get(`/${name}`)
    expect([status, type]).toEqual([200, expected])
  })

  it('is each icon of the manifest', async () => {
    const { icons } = (await get('/manifest.webmanifest')).body as { icons: { src: string }[] }
    expect(icons).toHaveLength(3)
    for (const { src } of icons) expect((await get(`/${src}`)).status).toBe(200)
  })

  it('is the licences of all bundled packages', async () => {
    const { status, type, text } = await get('/licenses.md')
    expect([status, type]).toEqual([200, 'text/markdown; charset=utf-8'])
    for (const name of ['preact', 'oidc-client-ts', 'temporal-polyfill', '@fontsource-variable/inter'])
      expect(text).toContain(`## ${name} - `)
  })

  it('scripts are less than 180 kB, compressed', () => {
    const sizes = scripts.map((name) => gzipSync(readFileSync(`${BUILT}/assets/${name}`), { level: 6 }).length)
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(180_000)
  })
})

describe('a path outside the assets', () => {
  it.each([
    '/assets/..%2findex.html',
    '/assets/..%2f..%2fmain%2fcli.js',
    '/assets/%2e%2e%2ficon.svg',
    '/assets/%252e%252e%2ficon.svg',
    '/assets/%252e%252e%2f%252e%252e%2fmain%2fcli.js',
    '/assets/%252e%252e%252ficon.svg',
    '/assets/..%5cicon.svg',
    '/assets/../../main/cli.js',
    '/assets/%2fetc%2fpasswd',
    '/assets/x%00.js',
    '/assets/%zz.js',
    '/assets/%25zz.js',
    '/assets/a%252fb.js',
    `/assets/${'x'.repeat(300)}.js`,
    '/assets/.js',
    '/assets/',
    '/dev/assets/%252e%252e%2f%252e%252e%2fmain%2fcli.js',
    '/index.html.js',
    '/web.js',
  ])('is answered 404: %s', async (path) => {
    const { status, bytes } = await raw(path, {})
    expect([status, bytes.toString()]).toEqual([404, '"There is nothing at this address."'])
  })
})

/** Sends a path unchanged: `fetch` would normalize it, and decompress the response. */
function raw(
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ status: number | undefined; encoding: string | undefined; bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port: server.port, path, headers }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () =>
        resolve({
          status: answer.statusCode,
          encoding: answer.headers['content-encoding'],
          bytes: Buffer.concat(chunks),
        }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}
