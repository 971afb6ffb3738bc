/** Suffixes that compressing proxies add to a tag: Apache and Caddy `-gzip`, Jetty `--gzip`, others `;gzip`; older Apaches after the quotes. */
const APPENDED = String.raw`(?:(?:--?|[;:+])(?:x-)?(?:gzip|deflate|compress|br|brotli|zstd|dcb|dcz))*`

/** One tag of a list, `"…"` or `W/"…"`, with anything after its quotes. */
const TAG = /(?:W\/)?"([^"]*)"([^",]*)/g

const WHOLLY_APPENDED = new RegExp(`^${APPENDED}$`, 'i')
const REVISION = new RegExp(`^(0|[1-9]\\d{0,8})m?${APPENDED}$`, 'i')

/**
 * The tag of an event: its revision, with an `m` if the response is masked, so that caches do not confuse the two.
 * `If-Match` accepts either.
 */
export const tagOf = (revision: number, masked = false): string => `"${revision}${masked ? 'm' : ''}"`

/** The tags in an `If-Match` or `If-None-Match`, without quotes and `W/`; undefined without a header. */
function tagsIn(header: string | undefined): '*' | readonly string[] | undefined {
  if (header === undefined) return undefined
  if (header.trim() === '*') return '*'
  return [...header.matchAll(TAG)].map(([, tag = '', after = '']) => tag + after.trim())
}

/** Whether an `If-None-Match` names this tag, also with the suffix of a compressing proxy. */
export function namesTag(header: string | undefined, tag: string): boolean {
  if (header === tag) return true
  const ours = tag.slice(1, -1)
  const tags = tagsIn(header)
  return (
    tags === '*' || (tags ?? []).some((one) => one.startsWith(ours) && WHOLLY_APPENDED.test(one.slice(ours.length)))
  )
}

/**
 * The revisions in an `If-Match`; undefined without one, or for `*`. A foreign tag is -1, which matches no revision. Weak
 * tags count, since proxies weaken tags when they compress.
 */
export function expectedRevisions(header: string | undefined): readonly number[] | undefined {
  const tags = tagsIn(header)
  if (!tags || tags === '*') return undefined
  return tags.map((tag) => Number(REVISION.exec(tag)?.[1] ?? -1))
}
