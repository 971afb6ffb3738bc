import { getPath } from 'hono/utils/url'

/** Where a request goes. */
export interface Target {
  /** As the router sees it: decoded, without dots, and without a host or a query. */
  readonly path: string
  /** What stands behind the `?`. */
  readonly query: string
}

const NOWHERE: Target = { path: '', query: '' }

/** What a request names as its target: a path with its query, or an address with both. What is neither leads nowhere. */
export function targetOf(named = ''): Target {
  const url = URL.parse(named.startsWith('/') ? `http://localhost${named}` : named)
  if (!url) return NOWHERE
  return { path: getPath({ url: url.href } as Request), query: url.search.slice(1) }
}
