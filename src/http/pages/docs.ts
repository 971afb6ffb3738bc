import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { PACKAGE_ROOT } from '../../package-root.ts'
import { memoize } from '../memoize.ts'
import type { AppOptions } from '../options.ts'
import { getRoute, type HttpResponse, type Route } from '../exchange.ts'
import { API_HEADERS } from '../respond.ts'

/** The files of `swagger-ui-dist` that are served. */
const ASSETS = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
} as const

const START = "window.SwaggerUIBundle({ url: 'openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null })"

/** Swagger UI sets style attributes and data: images; scripts come from here alone. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"

/** `/openapi.json`, and `/docs` for people: at the root, and below the base for a gateway that leads only there. */
export const docsRoutes = ({ base }: AppOptions): Route[] => ['', base].flatMap((root) => docsRoutesBelow(root, base))

function docsRoutesBelow(root: string, base: string): Route[] {
  const openApi = memoize(() => openApiFor(root, base))
  return [
    getRoute(`${root}/openapi.json`, async () => ({
      status: 200,
      headers: API_HEADERS,
      body: await openApi('openapi.json'),
    })),
    getRoute(`${root}/docs`, () => asset(PAGE, 'text/html; charset=UTF-8', { 'Content-Security-Policy': POLICY })),
    getRoute(`${root}/docs/start.js`, () => asset(START, ASSETS['swagger-ui-bundle.js'])),
    ...Object.entries(ASSETS).map(([name, type]) =>
      getRoute(`${root}/docs/${name}`, async () =>
        asset(await bytesOf(name), type, { 'Cache-Control': 'public, max-age=86400' }),
      ),
    ),
  ]
}

const asset = (body: string | Uint8Array, type: string, headers: HttpResponse['headers'] = {}): HttpResponse => ({
  status: 200,
  headers: { 'Content-Type': type, 'X-Content-Type-Options': 'nosniff', ...headers },
  body,
})

/** Cached, so that any number of slow clients share the same bytes. */
const bytesOf = memoize((name: string) =>
  readFile(join(dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json')), name)),
)

interface Document {
  readonly servers: readonly { readonly url: string }[]
}

/**
 * The committed document, with the stage of this server first, so that Swagger UI calls it. Below the base the only
 * server is `.`, since a gateway may serve the endpoints under another path.
 */
async function openApiFor(root: string, base: string): Promise<Uint8Array<ArrayBuffer>> {
  const document = JSON.parse(await readFile(new URL('openapi.json', PACKAGE_ROOT), 'utf8')) as Document
  const byStage = document.servers.toSorted((a, b) => Number(b.url === base) - Number(a.url === base))
  const servers = root === '' ? byStage : [{ url: '.', description: 'here' }]
  return new TextEncoder().encode(`${JSON.stringify({ ...document, servers }, null, 2)}\n`)
}

/** Links are relative, so that they work behind any gateway. */
const PAGE = `<!doctype html>
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width" />
      <title>Photon Ranch Calendar: the API</title>
      <link rel="stylesheet" href="docs/swagger-ui.css" />
    </head>
    <body>
      <p><a href="./">Back to the calendar</a></p>
      <div id="docs"></div>
      <script src="docs/swagger-ui-bundle.js"></script>
      <script src="docs/start.js"></script>
    </body>
  </html>`
