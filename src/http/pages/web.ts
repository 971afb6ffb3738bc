import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Context, Hono } from 'hono'
import type { SiteCode } from '../../domain/site.ts'
import { PACKAGE_ROOT } from '../../package-root.ts'
import { memoize } from '../memoize.ts'
import { type Env, getRoute } from '../route.ts'

/** Where the build leaves the page. */
const BUILT = new URL('dist/web/', PACKAGE_ROOT)

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.md': 'text/markdown; charset=utf-8',
}

export interface WebOptions {
  /** Where the endpoints are, as `/dev`. */
  readonly base: string
  readonly issuer: string | null
  /** The origins whose pages may show this one within theirs. */
  readonly frameAncestors: readonly string[]
  readonly sites: ReadonlyMap<SiteCode, unknown>
  /** Whether answers may go out compressed: a gateway may have to see their text. */
  readonly compress: boolean
}

/**
 * The calendar for people, below `root`: nothing, or the base, where a gateway leads nowhere else. One document for
 * every address of a page, at `/` and at `/SITE`, which finds all else relative to itself.
 */
export function mountWeb(app: Hono<Env>, root: string, web: WebOptions): void {
  const document = (c: Context<Env>, status: 200 | 404 = 200) =>
    c.html(documentOf(root === '' ? `${web.base.slice(1)}/` : './'), status, headersOf(web))
  getRoute(app, 'page', `${root}/assets/:file`, async (c) => asset(c, `assets/${c.req.param('file')}`, web))
  for (const name of ['icon.svg', 'licenses.md']) getRoute(app, 'page', `${root}/${name}`, async (c) => asset(c, name, web))
  getRoute(app, 'page', `${root}/`, (c) => document(c))
  getRoute(app, 'page', `${root}/:site`, (c) => {
    if (web.sites.has(c.req.param('site') ?? '')) return document(c)
    // A person who mistyped is told in the page; a program, as everywhere, in JSON.
    return root === '' && c.req.header('accept')?.includes('text/html') ? document(c, 404) : c.notFound()
  })
}

const documentOf = (endpoints: string) =>
  readFileSync(new URL('index.html', BUILT), 'utf8').replace(/(<meta name="calendar" content=")[^"]*/, `$1${endpoints}`)

/** What the build names, and no other: whatever else is on the disk is nobody's business. */
const NAME = /^(assets\/)?[\w-][\w.-]{0,99}$/

/** What is built has a name that changes with it, so it may be kept for ever. */
async function asset(c: Context<Env>, name: string, { compress }: WebOptions): Promise<Response> {
  const type = TYPES[extname(name)]
  if (type === undefined || !NAME.test(name)) return c.notFound()
  try {
    const age = name.startsWith('assets/') ? 'max-age=31536000, immutable' : 'max-age=86400'
    const headers = { 'Content-Type': type, 'Cache-Control': `public, ${age}`, 'X-Content-Type-Options': 'nosniff' }
    if (!compress) return c.body(await bytesOf(name), 200, headers)
    const varied = { ...headers, Vary: 'Accept-Encoding' }
    if (!c.req.header('accept-encoding')?.includes('gzip')) return c.body(await bytesOf(name), 200, varied)
    return c.body(await compressed(name), 200, { ...varied, 'Content-Encoding': 'gzip' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return c.notFound()
    throw error
  }
}

/** The few files there are do not change meanwhile; and whoever never takes theirs waits for the same bytes as all others. */
const bytesOf = memoize((name) => readFile(new URL(name, BUILT)))

const compress = promisify(gzip)
const compressed = memoize(async (name) => compress(await bytesOf(name), { level: 9 }))

/** Scripts and styles from here alone, requests to here and to whoever signs people in. */
function headersOf({ issuer, frameAncestors }: WebOptions): Record<string, string> {
  const policy = {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    'img-src': ["'self'"],
    'connect-src': ["'self'", ...(issuer === null ? [] : [new URL(issuer).origin])],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': frameAncestors.length > 0 ? frameAncestors : ["'none'"],
  }
  return {
    'Content-Security-Policy': Object.entries(policy).map(([name, sources]) => [name, ...sources].join(' ')).join('; '),
    'Cache-Control': 'no-cache',
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
  }
}
