import { CHUNK_BYTES, yieldToEventLoop } from '../../concurrency.ts'
import { Failure } from '../../domain/failure.ts'
import type { Revision } from '../../domain/reservation.ts'
import type { SiteCode } from '../../domain/site.ts'
import type { Cursor, Feed, FeedEntry, FeedPage } from '../port.ts'
import { tooLarge, untilVisible, withinDeadline } from './errors.ts'
import { cursorAt, cursorOf, parseCursor, type SitePositions } from './feed-cursor.ts'
import { BEGIN, endOf, LOG, LOG_NONCE, LOG_START, type LogPart, logPartOf, nonceOf, siteOfLogged } from './feed-log.ts'
import { type LogTail, mergeLogs, type MergedEntry } from './feed-merge.ts'
import { entriesAfter } from './feed-tail.ts'
import { revisionOf } from './history.ts'
import { FEED, type Item, keyOf, keyText, longItemKey, revisionKey } from './items.ts'
import { allItems } from './requests.ts'
import type { TableContext } from './table.ts'

/** How often a change stream looks for new entries. A look costs a read unit for each site that is followed. */
const POLL_MS = 1000
/** Sites whose changes can be asked for without naming them. */
const MAX_SITES = 500
/** Characters of such a cursor: with it and a token, the headers of a request still fit into 16 kB. */
const MAX_CURSOR = 12_000
/** Revisions that are read together, and the most in a page: as many as one turn of the event loop can decode. */
const REVISIONS_PER_READ = 50
const MAX_PAGE = 250
/** The cost of a revision without its texts, in bytes of text that take the same time. */
const REVISION_COST = 1000

const HEAD_ATTRIBUTES = ['event_id', 'start', LOG, LOG_START, LOG_NONCE]

/** The change feed of a table: the logs of its sites, merged. */
export function openFeed(context: TableContext): Feed {
  return {
    bySite: true,
    pollMs: POLL_MS,
    cursorAt,
    end: (sites) => withinDeadline(endOfLogs(sites, context)),
    cursor: (id, sites) => withinDeadline(findCursor(id, sites, context)),
    since: (id, max, sites) => withinDeadline(pageSince(id, max, sites, context)),
  }
}

async function endOfLogs(sites: ReadonlySet<SiteCode> | undefined, context: TableContext): Promise<Cursor> {
  const epoch = await epochOf(context)
  const codes = sites ? [...sites] : await loggedSites(context)
  const heads = await readHeads(codes, context)
  const positions = new Map([...heads].map(([site, head]) => [site, endOf(head)] as const))
  return assertFits(cursorOf({ epoch, all: !sites, sites: positions }), sites)
}

/** @throws Failure `too_large` if clients could not send the cursor, which is of all sites */
function assertFits(cursor: Cursor, sites: ReadonlySet<SiteCode> | undefined): Cursor {
  if (!sites && cursor.id.length > MAX_CURSOR)
    throw tooLarge(`a cursor of all sites has more than ${MAX_CURSOR} characters; please name those that you mean`)
  return cursor
}

/** The logs of sites after a cursor, at least `max` entries of each; undefined if changes after it may be missing. */
async function openLogs(id: string, max: number, sites: ReadonlySet<SiteCode> | undefined, context: TableContext) {
  const cursor = parseCursor(id)
  if (!cursor || cursor.epoch !== (await epochOf(context)) || (!sites && !cursor.all)) return undefined
  const codes = sites ? [...sites] : await loggedSites(context)
  if (!cursor.all && !codes.every((site) => cursor.sites.has(site))) return undefined
  const tailOf = async ([site, head]: readonly [SiteCode, LogPart]): Promise<LogTail | undefined> => {
    const position = cursor.sites.get(site) ?? BEGIN
    const entries = await entriesAfter({ site, position, head, max }, context.requests)
    return entries && { site, position, entries }
  }
  const tails = await Promise.all([...(await readHeads(codes, context))].map(tailOf))
  return tails.includes(undefined) ? undefined : { cursor, tails: tails.flatMap((tail) => tail ?? []) }
}

/** The cursor restricted to sites. */
async function findCursor(id: string, sites: ReadonlySet<SiteCode> | undefined, context: TableContext) {
  const logs = await openLogs(id, 0, sites, context)
  const positions = logs?.tails.map(({ site, position }) => [site, position] as const)
  return logs && cursorOf({ ...logs.cursor, all: !sites, sites: new Map(positions) })
}

async function pageSince(
  id: string,
  max: number,
  sites: ReadonlySet<SiteCode> | undefined,
  context: TableContext,
): Promise<FeedPage | undefined> {
  const isAsked = (site: SiteCode) => sites?.has(site) ?? true
  let page: FeedPage | undefined
  let waitedFor: SiteCode[] = []
  await untilVisible(async () => {
    // This fails while a transaction is in progress there. Otherwise all that is committed is visible from here on.
    const areSettled = await context.requests.getSettled(waitedFor.map(longItemKey))
    const settled = new Set(areSettled ? waitedFor : [])
    const logs = await openLogs(id, max, sites, context)
    page = undefined
    if (!logs) return true
    const merged = await mergeLogs(logs.tails, max, isAsked, settled)
    page = await pageOf(merged, logs.cursor, context)
    // If there is none, each log begins with a move that the log of its other site does not show.
    waitedFor = merged.length > 0 ? [] : logs.tails.flatMap(({ entries: [front] }) => front?.other ?? [])
    return waitedFor.length === 0
  })
  if (page) assertFits(page.next, sites)
  return page
}

async function readHeads(sites: readonly SiteCode[], { requests }: TableContext): Promise<Map<SiteCode, LogPart>> {
  const items = await requests.getAll(sites.map(longItemKey), HEAD_ATTRIBUTES)
  const byKey = new Map(items.map((item) => [keyText(keyOf(item)), item]))
  return new Map(sites.map((site) => [site, logPartOf(byKey.get(keyText(longItemKey(site))))]))
}

/** The first entries of a page, until they are large enough, with their revisions; undefined if one is missing. */
async function pageOf(merged: readonly MergedEntry[], from: SitePositions, context: TableContext) {
  const entries: FeedEntry[] = []
  const positions = new Map(from.sites)
  let [read, size] = [0, 0]
  while (read < merged.length && read < MAX_PAGE && size < CHUNK_BYTES) {
    if (read > 0) await yieldToEventLoop()
    const batch = merged.slice(read, Math.min(read + REVISIONS_PER_READ, MAX_PAGE))
    const items = await readRevisions(batch, context)
    if (!items) return undefined
    for (const [index, { positions: moved }] of batch.entries()) {
      if (size >= CHUNK_BYTES) break
      for (const [site, position] of moved) positions.set(site, position)
      const item = items[index]!
      size += REVISION_COST + sizeOfStates(item)
      const revision = readableRevision(item, context)
      if (revision) entries.push(Object.assign(cursorOf({ ...from, sites: new Map(positions) }), { revision }))
      read += 1
    }
  }
  return { entries, next: cursorOf({ ...from, sites: positions }), remaining: merged.length - read } satisfies FeedPage
}

/** The revisions of entries, in order; undefined if one is missing. */
async function readRevisions(entries: readonly MergedEntry[], { requests }: TableContext) {
  const keys = entries.map(({ id, revision }) => revisionKey(id, revision))
  let items: (Item | undefined)[] = []
  const isComplete = await untilVisible(async () => {
    const byKey = new Map((await requests.getAll(keys)).map((item) => [keyText(keyOf(item)), item]))
    items = keys.map((key) => byKey.get(keyText(key)))
    return !items.includes(undefined)
  })
  return isComplete ? items.filter((item) => item !== undefined) : undefined
}

const sizeOfStates = ({ before, after }: Item) => (before?.S?.length ?? 0) + (after?.S?.length ?? 0)

/** Undefined for a revision whose text is damaged, since subscribers could never get past it. */
function readableRevision(item: Item, { codec }: TableContext): Revision | undefined {
  try {
    return revisionOf(item, codec)
  } catch (error) {
    if (error instanceof Failure || error instanceof SyntaxError) return undefined
    throw error
  }
}

/** All sites that have a log. @throws Failure `too_large` if they are too many */
async function loggedSites({ requests }: TableContext): Promise<SiteCode[]> {
  const sites = (await allItems(requests.pages({ partition: FEED }))).map(siteOfLogged)
  if (sites.length > MAX_SITES)
    throw tooLarge(`there are more than ${MAX_SITES} sites; please name those that you mean`)
  return sites
}

/** Another one after the day items have been built anew. */
const epochOf = async ({ state }: TableContext) => nonceOf(await state.builtBy())
