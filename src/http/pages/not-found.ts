import { createHash } from 'node:crypto'
import type { HttpRequest, HttpResponse } from '../exchange.ts'
import { addressNotFound } from '../router.ts'

/** Responds to a path without a route: with a page to a browser, with JSON to a program. */
export function answerNotFound(request: HttpRequest): HttpResponse {
  if (isBrowser(request)) return notFoundPage(request)
  throw addressNotFound()
}

const isBrowser = ({ method, header }: HttpRequest): boolean =>
  method === 'GET' && header('accept')?.includes('text/html') === true

/** The page's colours and shapes; web/theme.css has them for the calendar itself. */
const STYLE = `
  :root { color-scheme: light dark; background: light-dark(#f7f8fb, #090c13); color: light-dark(#131a29, #eaeef6); }
  body { max-width: 36rem; margin: 0 auto; padding: 20vh 20px 20px; font: 1rem/1.5 Inter, system-ui, sans-serif; }
  h1 { margin: 0 0 12px; font-size: 1.25rem; font-weight: 600; line-height: 1.4; }
  p { margin: 0 0 20px; color: light-dark(#465269, #a8b3c7); }
  a { display: inline-block; padding: 8px 16px; border-radius: 8px; font-weight: 550; text-decoration: none;
    background: light-dark(#1d4fa0, #a9c8ff); color: light-dark(#fff, #081428); }
  a:focus-visible { outline: 2px solid light-dark(#1d4fa0, #a9c8ff); outline-offset: 2px; }
`

/** The content security policy: allows this style alone. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Leads to the calendar. Its link is relative, as everywhere. */
function notFoundPage({ path }: HttpRequest): HttpResponse {
  const root = '../'.repeat(Math.max(0, path.split('/').length - 2)) || './'
  return {
    status: 404,
    headers: {
      'Content-Type': 'text/html; charset=UTF-8',
      'Content-Security-Policy': POLICY,
      'Cache-Control': 'no-cache',
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
    },
    body: `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <meta name="color-scheme" content="light dark" />
    <title>Nothing here · Photon Ranch Calendar</title>
    <style>${STYLE}</style>
  </head>
  <body>
    <main>
      <h1>There is nothing at this address</h1>
      <p>It may be mistyped, or the link to it old. The Photon Ranch Calendar begins with all its telescopes.</p>
      <a href="${root}">All telescopes</a>
    </main>
  </body>
</html>
`,
  }
}
