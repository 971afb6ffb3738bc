import type { HttpRequest, HttpResponse } from '../exchange.ts'
import { nothingHere } from '../router.ts'

/** Answers a path that leads nowhere: a person who asks with a browser reads a page, a program JSON. */
export function answerNowhere(request: HttpRequest): HttpResponse {
  if (isBrowser(request)) return nothingPage(request)
  throw nothingHere()
}

const isBrowser = ({ method, header }: HttpRequest): boolean =>
  method === 'GET' && header('accept')?.includes('text/html') === true

/** Leads to the calendar. Its link is relative, as everywhere. */
function nothingPage({ path }: HttpRequest): HttpResponse {
  const root = '../'.repeat(Math.max(0, path.split('/').length - 2)) || './'
  return {
    status: 404,
    headers: {
      'Content-Type': 'text/html; charset=UTF-8',
      'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
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
  </head>
  <body>
    <h1>There is nothing at this address</h1>
    <p><a href="${root}">All telescopes</a></p>
  </body>
</html>
`,
  }
}
