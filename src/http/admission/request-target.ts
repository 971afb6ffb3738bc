/** The target of a request. */
export interface RequestTarget {
  /** As the router sees it: decoded, with dot segments resolved, without host and query. */
  readonly path: string
  /** The part after the `?`. */
  readonly query: string
}

const NOWHERE: RequestTarget = { path: '', query: '' }

/** A target without escapes, dot segments and other characters than those of our paths; nothing of it needs to be parsed. */
const PLAIN = /^(\/[\w-]+)+$/

/**
 * Parses a raw request target: a path with a query, or an absolute URL. Both parts are empty if it is neither, or has a
 * backslash in its path, which some programs take for a slash.
 */
export function parseRequestTarget(raw = ''): RequestTarget {
  const at = raw.indexOf('?')
  const path = at < 0 ? raw : raw.slice(0, at)
  if (PLAIN.test(path) && !raw.includes('#')) return { path, query: at < 0 ? '' : raw.slice(at + 1) }
  const url = path.includes('\\') ? null : URL.parse(raw.startsWith('/') ? `http://localhost${raw}` : raw)
  return url && /^https?:$/.test(url.protocol) ? { path: decoded(url.pathname), query: url.search.slice(1) } : NOWHERE
}

/** Without its escapes; with them all if one is invalid, so that it is the path of nothing. */
function decoded(path: string): string {
  try {
    return decodeURI(path)
  } catch {
    return path
  }
}

const PLAIN_HOST = /^[a-z0-9._-]+(?::[1-5]?\d{1,4})?$/

/** Whether a `Host` names a host, with or without a port. */
export function isHost(host = ''): boolean {
  if (PLAIN_HOST.test(host)) return true
  return host !== '' && URL.parse(`http://${host}`)?.hostname === host.replace(/:\d+$/, '').toLowerCase()
}
