/** What compressing proxies append to a tag: Apache and Caddy `-gzip`, Jetty `--gzip`, others `;gzip`; older Apaches after the quotes. */
const APPENDED = String.raw`(?:(?:--?|[;:+])(?:x-)?(?:gzip|deflate|compress|br|brotli|zstd|dcb|dcz))*`

/** One tag of a list, `"…"` or `W/"…"`, and what follows its quotes. */
const TAG = /(?:W\/)?"([^"]*)"([^",]*)/g

const WHOLLY_APPENDED = new RegExp(`^${APPENDED}$`, 'i')
const REVISION = new RegExp(`^(0|[1-9]\\d{0,8})m?${APPENDED}$`, 'i')

/**
 * The tag of an event: its revision, and an `m` where what is seen of it is masked. What differs must not have one tag,
 * or a cache takes what its owner has seen for what an anonymous caller is to see. Either is good for `If-Match`.
 */
export const tagOf = (revision: number, masked = false): string => `"${revision}${masked ? 'm' : ''}"`

/** The tags in an `If-Match` or `If-None-Match`, without their quotes and whether weak or not; undefined without one. */
function tagsIn(header: string | null): '*' | readonly string[] | undefined {
  if (header === null) return undefined
  if (header.trim() === '*') return '*'
  return [...header.matchAll(TAG)].map(([, tag = '', after = '']) => tag + after.trim())
}

/** Whether an `If-None-Match` names a tag of ours, be it as a proxy gave it out that compressed the answer. */
export function namesTag(header: string | null, tag: string): boolean {
  const ours = tag.slice(1, -1)
  const tags = tagsIn(header)
  return tags === '*' || (tags ?? []).some((one) => one.startsWith(ours) && WHOLLY_APPENDED.test(one.slice(ours.length)))
}

/**
 * The revisions an `If-Match` names; undefined without one, or when any will do. A tag that is none of ours matches
 * nothing. A weak one counts: proxies weaken tags when they compress, and a revision's number is no less certain for it.
 */
export function expectedRevisions(header: string | null): readonly number[] | undefined {
  const tags = tagsIn(header)
  if (!tags || tags === '*') return undefined
  return tags.map((tag) => Number(REVISION.exec(tag)?.[1] ?? -1))
}
