import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { PACKAGE_ROOT } from '../../package-root.ts'
import { getRoute, type HttpRequest, type HttpResponse, type Route } from '../exchange.ts'
import { memoize } from '../memoize.ts'
import type { AppOptions, PublicConfig } from '../options.ts'
import { addressNotFound } from '../router.ts'

/** The folder into which the page is built. */
const BUILT = new URL('dist/web/', PACKAGE_ROOT)

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.md': 'text/markdown; charset=utf-8',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webmanifest': 'application/manifest+json',
}

/** What the document links to under a name that does not change. */
const FILES = [
  'icon.svg',
  'icon-180.png',
  'icon-192.png',
  'icon-512.png',
  'favicon.ico',
  'manifest.webmanifest',
  'licenses.md',
]

/** What is compressed already. */
const PACKED: ReadonlySet<string> = new Set(['.woff2', '.png', '.ico'])

/**
 * The web page: at the root, and below the base for a gateway that leads only there. `/` and `/SITE` are one document,
 * which loads its assets by relative addresses.
 */
export const webRoutes = (options: AppOptions): Route[] =>
  ['', options.base].flatMap((root) => webRoutesBelow(root, options))

function webRoutesBelow(root: string, { base, config, compress }: AppOptions): Route[] {
  const document = (status = 200): HttpResponse => ({
    status,
    headers: { 'Content-Type': 'text/html; charset=UTF-8', ...headersOf(config) },
    body: documentOf(root === '' ? `${base.slice(1)}/` : './'),
  })
  return [
    getRoute(`${root}/assets/:file`, (request, file) => asset(request, `assets/${file}`, compress), isAsset),
    ...FILES.map((name) => getRoute(`${root}/${name}`, (request) => asset(request, name, compress))),
    getRoute(`${root}/`, () => document()),
    // As people and link checkers write it.
    ...[...config.sites.keys()].map((site) =>
      getRoute(`${root}/${site}/`, ({ query }) => redirect(`../${site}`, query)),
    ),
    getRoute(
      `${root}/:site`,
      ({ header }, site) => {
        if (config.sites.has(site)) return document()
        // A person with a wrong address sees it in the page; a program gets JSON, as everywhere.
        if (root === '' && header('accept')?.includes('text/html')) return document(404)
        throw addressNotFound()
      },
      (site) => config.sites.has(site),
    ),
  ]
}

const redirect = (path: string, query: string): HttpResponse => ({
  status: 308,
  headers: { Location: query === '' ? path : `${path}?${query}` },
})

const documentOf = (endpoints: string) =>
  readFileSync(new URL('index.html', BUILT), 'utf8').replace(/(<meta name="calendar" content=")[^"]*/, `$1${endpoints}`)

/** The names of built files; nothing else of the disk is served. */
const NAME = /^(assets\/)?[\w-][\w.-]{0,99}$/

const isAsset = (name: string) => TYPES[extname(name)] !== undefined && NAME.test(name)

/** A built asset. Its name changes with its content, so clients may cache it for ever. */
async function asset({ header }: HttpRequest, name: string, mayCompress: boolean): Promise<HttpResponse> {
  const type = TYPES[extname(name)]
  if (type === undefined || !isAsset(name)) throw addressNotFound()
  const age = name.startsWith('assets/') ? 'max-age=31536000, immutable' : 'max-age=86400'
  const headers = { 'Content-Type': type, 'Cache-Control': `public, ${age}`, 'X-Content-Type-Options': 'nosniff' }
  try {
    if (!mayCompress || PACKED.has(extname(name))) return { status: 200, headers, body: await bytesOf(name) }
    const varied = { ...headers, Vary: 'Accept-Encoding' }
    if (!header('accept-encoding')?.includes('gzip')) return { status: 200, headers: varied, body: await bytesOf(name) }
    return { status: 200, headers: { ...varied, 'Content-Encoding': 'gzip' }, body: await compressed(name) }
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? addressNotFound() : error
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
    'font-src': ["'self'"],
    'img-src': ["'self'"],
    'manifest-src': ["'self'"],
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
