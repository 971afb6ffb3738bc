import { getPath } from 'hono/utils/url'

/** The target of a request. */
export interface Target {
  /** As the router sees it: decoded, with dot segments resolved, without host and query. */
  readonly path: string
  /** The part after the `?`. */
  readonly query: string
}

const NOWHERE: Target = { path: '', query: '' }

/** Parses a raw request target: a path with a query, or an absolute URL. Both parts are empty if it is neither. */
export function targetOf(raw = ''): Target {
  const url = URL.parse(raw.startsWith('/') ? `http://localhost${raw}` : raw)
  if (!url) return NOWHERE
  return { path: getPath({ url: url.href } as Request), query: url.search.slice(1) }
}
