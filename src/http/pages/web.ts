import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Context } from 'hono'
import { PACKAGE_ROOT } from '../../package-root.ts'
import { memoize } from '../memoize.ts'
import type { AppOptions, PublicConfig } from '../options.ts'
import { type Env, getRoute, type Route } from '../route.ts'

/** The folder into which the page is built. */
const BUILT = new URL('dist/web/', PACKAGE_ROOT)

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.md': 'text/markdown; charset=utf-8',
}

/**
 * The web page: at the root, and below the base for a gateway that leads only there. `/` and `/SITE` are one document,
 * which loads its assets by relative addresses.
 */
export const webRoutes = (options: AppOptions): Route[] =>
  ['', options.base].flatMap((root) => webRoutesBelow(root, options))

function webRoutesBelow(root: string, { base, config, compress }: AppOptions): Route[] {
  const document = (c: Context<Env>, status: 200 | 404 = 200) =>
    c.html(documentOf(root === '' ? `${base.slice(1)}/` : './'), status, headersOf(config))
  return [
    getRoute(`${root}/assets/:file`, async (c) => asset(c, `assets/${c.req.param('file')}`, compress)),
    ...['icon.svg', 'licenses.md'].map((name) => getRoute(`${root}/${name}`, async (c) => asset(c, name, compress))),
    getRoute(`${root}/`, (c) => document(c)),
    getRoute(`${root}/:site`, (c) => {
      if (config.sites.has(c.req.param('site') ?? '')) return document(c)
      // A person with a wrong address sees it in the page; a program gets JSON, as everywhere.
      return root === '' && c.req.header('accept')?.includes('text/html') ? document(c, 404) : c.notFound()
    }),
  ]
}

const documentOf = (endpoints: string) =>
  readFileSync(new URL('index.html', BUILT), 'utf8').replace(/(<meta name="calendar" content=")[^"]*/, `$1${endpoints}`)

/** The names of built files; nothing else of the disk is served. */
const NAME = /^(assets\/)?[\w-][\w.-]{0,99}$/

/** A built asset. Its name changes with its content, so clients may cache it for ever. */
async function asset(c: Context<Env>, name: string, mayCompress: boolean): Promise<Response> {
  const type = TYPES[extname(name)]
  if (type === undefined || !NAME.test(name)) return c.notFound()
  try {
    const age = name.startsWith('assets/') ? 'max-age=31536000, immutable' : 'max-age=86400'
    const headers = { 'Content-Type': type, 'Cache-Control': `public, ${age}`, 'X-Content-Type-Options': 'nosniff' }
    if (!mayCompress) return c.body(await bytesOf(name), 200, headers)
    const varied = { ...headers, Vary: 'Accept-Encoding' }
    if (!c.req.header('accept-encoding')?.includes('gzip')) return c.body(await bytesOf(name), 200, varied)
    return c.body(await compressed(name), 200, { ...varied, 'Content-Encoding': 'gzip' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return c.notFound()
    throw error
  }
}

/** Cached: the files are few and do not change, and any number of slow clients share the same bytes. */
const bytesOf = memoize((name) => readFile(new URL(name, BUILT)))

const compress = promisify(gzip)
const compressed = memoize(async (name) => compress(await bytesOf(name), { level: 9 }))

/** Allows scripts and styles from this server only, and requests to it and to the issuer. */
function headersOf({ issuer, frameAncestors }: PublicConfig): Record<string, string> {
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
    'Content-Security-Policy': Object.entries(policy)
      .map(([name, sources]) => [name, ...sources].join(' '))
      .join('; '),
    'Cache-Control': 'no-cache',
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
  }
}
