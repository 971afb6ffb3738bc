import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Hono } from 'hono'
import { html } from 'hono/html'
import { PACKAGE_ROOT } from '../../package-root.ts'
import { memoize } from '../memoize.ts'
import { type Env, getRoute } from '../route.ts'
import { API_HEADERS } from '../respond.ts'

/** Only these of the package's files are served. */
const ASSETS = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
} as const

const START = "window.SwaggerUIBundle({ url: 'openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null })"

/** Swagger UI sets style attributes and data: images; scripts come from here alone. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"

/**
 * `openapi.json`, and the same for people at `docs`, below `root`: nothing, or the base, where a gateway leads nowhere
 * else. Nothing is read before it is asked for.
 */
export function mountDocs(app: Hono<Env>, root: string, base: string): void {
  const openApi = memoize(() => openApiFor(root, base))
  getRoute(app, 'docs', `${root}/openapi.json`, async () => new Response(await openApi('openapi.json'), { headers: API_HEADERS }))
  getRoute(app, 'docs', `${root}/docs`, (c) => c.html(PAGE_SIZE, 200, { 'Content-Security-Policy': POLICY, 'X-Content-Type-Options': 'nosniff' }))
  getRoute(app, 'docs', `${root}/docs/start.js`, (c) => c.body(START, 200, headersOf(ASSETS['swagger-ui-bundle.js'])))
  for (const [name, type] of Object.entries(ASSETS)) {
    getRoute(app, 'docs', `${root}/docs/${name}`, async (c) => c.body(await bytesOf(name), 200, { ...headersOf(type), 'Cache-Control': 'public, max-age=86400' }))
  }
}

const headersOf = (type: string) => ({ 'Content-Type': type, 'X-Content-Type-Options': 'nosniff' })

/** Kept once read, so that a thousand clients who never take theirs wait for the same bytes. */
const bytesOf = memoize((name: string) => readFile(join(dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json')), name)))

interface Document {
  readonly servers: readonly { readonly url: string }[]
}

/**
 * The committed document, with the stage that is served first, so that trying an endpoint tries it here. Beside the
 * endpoints it says just that: a gateway may have them under another path than the one they have with us.
 */
async function openApiFor(root: string, base: string): Promise<Uint8Array<ArrayBuffer>> {
  const document = JSON.parse(await readFile(new URL('openapi.json', PACKAGE_ROOT), 'utf8')) as Document
  const byStage = document.servers.toSorted((a, b) => Number(b.url === base) - Number(a.url === base))
  const servers = root === '' ? byStage : [{ url: '.', description: 'here' }]
  return new TextEncoder().encode(`${JSON.stringify({ ...document, servers }, null, 2)}\n`)
}

/** Links are relative, so that they lead on behind any gateway. */
const PAGE_SIZE = html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>Photon Ranch Calendar: the API</title>
    <link rel="stylesheet" href="docs/swagger-ui.css" />
  </head>
  <body>
    <div id="docs"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/start.js"></script>
  </body>
</html>`
