import type { Hono } from 'hono'
import { html } from 'hono/html'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { Following } from '../service/follow.ts'
import type { World } from '../service/world.ts'
import type { About } from './about.ts'
import { mountDocs } from './docs.ts'
import { type Env, page } from './mount.ts'
import { API_HEADERS } from './respond.ts'

interface Operation {
  readonly base: string
  readonly about: About
  readonly world: World
  readonly following: Following | undefined
  readonly log: Log
  readonly metrics: Metrics
  readonly accepting: () => boolean
}

const DEMO = 'DEMO identity: anyone who reaches this server can sign in as anyone. Set AUTH_ISSUER for real use.'

/** What operators and their machines look at: health, metrics, documentation, and a front door for people. */
export function mountOperation(app: Hono<Env>, operation: Operation): void {
  const { metrics, world, following } = operation
  for (const root of ['', operation.base]) mountPages(app, root, operation)
  // Beside the endpoints everybody would read them, and on Lambda each container counts only its own.
  page(app, 'metrics', '/metrics', async () => {
    // A store that does not answer is when the other figures are wanted most.
    metrics.outbox.set(await world.store.outbox.depth().catch(() => Number.NaN))
    metrics.streams.set(following?.count() ?? 0)
    return new Response(await metrics.registry.metrics(), { headers: { 'Content-Type': metrics.registry.contentType } })
  })
}

/** What is at the root, and beside the endpoints too, since a gateway may lead only there. */
function mountPages(app: Hono<Env>, root: string, operation: Operation): void {
  const { about, base } = operation
  const json = (value: unknown, status = 200) =>
    new Response(JSON.stringify(value), { status, headers: { ...API_HEADERS, 'Cache-Control': 'no-store' } })

  page(app, 'health', `${root}/health/live`, () => json({ status: 'ok' }))
  for (const path of ['health', 'health/ready']) {
    page(app, 'health', `${root}/${path}`, async () => {
      const problem = await whyNotReady(operation)
      const demo = about.demo ? { demo: DEMO } : {}
      return json({ status: problem ?? 'ok', version: about.version, stage: about.stage, ...demo }, problem ? 503 : 200)
    })
  }
  mountDocs(app, root, base)
  const policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
  page(app, 'front', `${root}/`, (c) =>
    c.html(front(operation, root), 200, { 'Content-Security-Policy': policy, 'X-Content-Type-Options': 'nosniff' }),
  )
}

async function whyNotReady({ accepting, world, log }: Operation): Promise<string | undefined> {
  if (!accepting()) return 'stopping'
  try {
    await world.store.ping()
    return undefined
  } catch (err) {
    log.error({ err }, 'the store does not answer')
    return 'the store does not answer'
  }
}

const front = ({ base, about }: Operation, root: string) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>Photon Ranch Calendar</title>
    <style>
      :root { color-scheme: dark; font: 17px/1.5 system-ui, sans-serif; background: #14171a; color: #dfe3e6 }
      body { max-width: 38rem; margin: 12vh auto; padding: 0 1.5rem }
      a { color: #7db8e8 }
      .demo { border-left: 4px solid #f0c000; padding: .5rem 1rem; background: #23261a }
      dt { color: #9aa4ab; margin-top: .8rem } dd { margin: 0 }
    </style>
  </head>
  <body>
    <h1>Photon Ranch Calendar</h1>
    <p>Reservations of ${about.sites.size} robotic telescopes. The API answers ${root === '' ? html`under <code>${base}</code>` : 'here'}.</p>
    ${about.demo ? html`<p class="demo">${DEMO}</p>` : ''}
    <dl>
      <dt>How to call it</dt><dd><a href="docs">Documentation</a> · <a href="openapi.json">openapi.json</a></dd>
      <dt>The telescopes</dt><dd><a href="${root === '' ? `${base.slice(1)}/` : ''}sites">sites</a></dd>
      <dt>How it is</dt><dd><a href="health">health</a>${root === '' ? html` · <a href="metrics">metrics</a>` : ''}</dd>
    </dl>
  </body>
</html>`
