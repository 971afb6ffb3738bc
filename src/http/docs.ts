import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Hono } from 'hono'
import { html } from 'hono/html'
import { type Env, page } from './mount.ts'
import { API_HEADERS } from './respond.ts'

const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))

/** Only these of the package's files are served. */
const ASSETS = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
} as const

const START = "window.SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null })"

/** Swagger UI sets style attributes and data: images; scripts come from here alone. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"

/** `/openapi.json`, and the same for people at `/docs`. */
export function mountDocs(app: Hono<Env>, base: string): void {
  const document = openApiFor(base)
  page(app, 'docs', '/openapi.json', () => new Response(document, { headers: API_HEADERS }))
  page(app, 'docs', '/docs', (c) => c.html(PAGE, 200, { 'Content-Security-Policy': POLICY, 'X-Content-Type-Options': 'nosniff' }))
  page(app, 'docs', '/docs/start.js', (c) => c.body(START, 200, { 'Content-Type': ASSETS['swagger-ui-bundle.js'] }))
  for (const [name, type] of Object.entries(ASSETS)) {
    const headers = { 'Content-Type': type, 'Cache-Control': 'public, max-age=86400' }
    page(app, 'docs', `/docs/${name}`, async (c) => c.body(await readFile(join(swagger, name)), 200, headers))
  }
}

/** The committed document, with the stage that is served first, so that trying an endpoint tries it here. */
function openApiFor(base: string): string {
  const document = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')) as { servers: { url: string }[] }
  const servers = document.servers.toSorted((a, b) => Number(b.url === base) - Number(a.url === base))
  return `${JSON.stringify({ ...document, servers }, null, 2)}\n`
}

const PAGE = html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>Photon Ranch Calendar: the API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
  </head>
  <body>
    <div id="docs"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>`
