import { Failure } from '../domain/failure.ts'
import type { SiteCode } from '../domain/site.ts'
import type { Feed, FeedEntry } from '../store/port.ts'

/** The maximal number of changes in one page. */
export const MAX_CHANGES = 1000
/** Entries that are looked for at once: as many as one turn of the event loop can decode. */
const MAX_PER_READ = 200
/** A page ends after the change with which it has this size, in bytes. */
const PAGE_BYTES = 500_000

/** Selects changes. Without `since` there are none, and the page has the present cursor only. */
export interface ChangesQuery {
  /** The cursor after which the page begins. */
  readonly since?: string | undefined
  /** All sites by default. */
  readonly sites?: ReadonlySet<SiteCode> | undefined
  /** At most {@link MAX_CHANGES}, which is the default. */
  readonly limit?: number | undefined
}

/** A part of the change feed, and the cursor after it. */
export interface ChangesPage<T> {
  readonly changes: readonly T[]
  readonly cursor: string
}

/** Returns the text of an entry, and its size in bytes. */
type Write<T> = (entry: FeedEntry) => { readonly text: T; readonly bytes: number }

/**
 * A page of the change feed, oldest first. It may have fewer changes than the limit although there are more: then its cursor
 * is not the end of the feed. Revisions take nine times as much memory as their texts, so only the results of `write` are kept.
 * @throws Failure `gone` if changes after `since` may be missing; `unavailable`
 */
export async function readChanges<T>(
  { since, sites, limit = MAX_CHANGES }: ChangesQuery,
  feed: Feed,
  write: Write<T>,
): Promise<ChangesPage<T>> {
  if (since === undefined) return { changes: [], cursor: (await feed.end(sites)).id }
  const changes: T[] = []
  let [cursor, size] = [since, 0]
  for (let isLast = false; !isLast && changes.length < limit && size < PAGE_BYTES;) {
    const max = Math.min(limit - changes.length, MAX_PER_READ, fitting(PAGE_BYTES - size, cursor))
    const page = await feed.since(cursor, max, sites)
    if (!page) throw new Failure('gone', CHANGES_GONE)
    const { texts, bytes } = written(page.entries, PAGE_BYTES - size, write)
    changes.push(...texts)
    size += bytes
    const isWhole = texts.length === page.entries.length
    isLast = isWhole && texts.length + page.remaining < max
    cursor = isWhole ? page.next.id : page.entries[texts.length - 1]!.id
  }
  return { changes, cursor }
}

/** Writes entries until they have so many bytes: at least one, if there is one and `room` is more than 0. */
function written<T>(entries: readonly FeedEntry[], room: number, write: Write<T>) {
  const texts: T[] = []
  let bytes = 0
  for (const entry of entries) {
    if (bytes >= room) break
    const one = write(entry)
    texts.push(one.text)
    bytes += one.bytes
  }
  return { texts, bytes }
}

/** The most changes that fit, each of which has a cursor: that of all sites may have 12 kB over DynamoDB. */
const fitting = (bytes: number, cursor: string) => Math.ceil(bytes / cursor.length)

export const CHANGES_GONE =
  'Error: the changes since this cursor are not all kept; ask for the present cursor, then read everything again, and go on from that cursor'
