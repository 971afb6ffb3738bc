import { yieldToEventLoop } from '../../concurrency.ts'
import { isReservedId, type ObserverId } from '../../domain/observer.ts'
import { tooManyOfObservers, widestOf } from '../observer-windows.ts'
import { MAX_OF_OBSERVERS, type Change, type ObserverWindow, type Outline } from '../port.ts'
import { isSameOutline, observerDayItems } from './day-index.ts'
import { dayItemOf, type Entry } from './day-item.ts'
import { entryName } from './entries.ts'
import { type Item, type Key, observerIndexId, siteOfObserverDay, versionKey } from './items.ts'
import { rowsByKey } from './listing.ts'
import { type ItemWrite, optional } from './item-write.ts'
import type { Requests } from './requests.ts'
import type { TableContext } from './table.ts'

/*
 * With quotas, each observer has a version item. Every change that adds, moves or removes a reservation of the observer
 * replaces the version in its transaction, on the condition that it is the one that was read, and names the observer's day
 * items that it changes.
 *
 * A change that counts reservations reads the version, then the day items, page by page. They are not of one instant, and
 * need not be: what is written after the version was read replaces it, so that the commit fails.
 *
 * A version may also be visible before the day items of its change are. So the day items that it names are read in a
 * transaction first, which fails until they are written. Each change waits so for the one before it, so the earlier ones
 * are complete too.
 */

/** The version of an observer's reservations; undefined before the first change. */
export interface ObserverVersion {
  readonly observer: ObserverId
  readonly version: string | undefined
}

/** The versions of observers, and the outlines in their windows. @returns undefined if one is being changed */
export async function loadObservers(windows: readonly ObserverWindow[], context: TableContext) {
  const outlines: Outline[] = []
  const versions: ObserverVersion[] = []
  for (const window of widestOf(windows)) {
    if (!context.quotas) throw new Error('The store was opened without quotas.')
    const version = await loadVersion(window.observer, context.requests)
    const found = version && (await loadOutlines(window, MAX_OF_OBSERVERS - outlines.length, context))
    if (!found) return undefined
    versions.push(version)
    outlines.push(...found)
  }
  return { versions, ofObservers: outlines }
}

/** The versions that changes replace, in addition to `known`. @returns undefined if one is being replaced */
export async function loadReplaced(
  changes: readonly Change[],
  known: readonly ObserverVersion[],
  { quotas, requests }: TableContext,
): Promise<readonly ObserverVersion[] | undefined> {
  if (!quotas) return known
  const others = [...observersOfMoves(changes)].filter((one) => !known.some(({ observer }) => observer === one))
  const loaded = await Promise.all(others.map((observer) => loadVersion(observer, requests)))
  return loaded.includes(undefined) ? undefined : [...known, ...loaded.flatMap((version) => version ?? [])]
}

/** The writes of version items: new versions for observers whose reservations move, and checks of the others. */
export function versionWrites(
  changes: readonly Change[],
  versions: readonly ObserverVersion[],
  changedDayItems: readonly Key[],
  token: string,
): ItemWrite[] {
  const moved = observersOfMoves(changes)
  return versions.map(({ observer, version }) => {
    const write = { key: versionKey(observer), expected: { version: optional(version) } }
    if (!moved.has(observer)) return write
    const partition = observerIndexId(observer)
    const changed = changedDayItems.flatMap(({ event_id, start }) => (event_id === partition ? [start] : []))
    return { ...write, set: { version: { S: token }, changed: { S: JSON.stringify(changed) } } }
  })
}

/** The observers of whom changes add, move or remove a reservation. Services have no quotas. */
function observersOfMoves(changes: readonly Change[]): Set<ObserverId> {
  const moves = changes.filter(({ before, after }) => !isSameOutline(before?.reservation, after))
  const observers = moves.flatMap(({ before, after }) =>
    [before?.reservation, after].flatMap((one) => one?.observer ?? []),
  )
  return new Set(observers.filter((observer) => !isReservedId(observer)))
}

/** @returns undefined if the change that wrote it is not complete */
async function loadVersion(observer: ObserverId, requests: Requests): Promise<ObserverVersion | undefined> {
  const item = await requests.get(versionKey(observer))
  const changed = changedIn(item).map((start) => ({ event_id: observerIndexId(observer), start }))
  return (await requests.getSettled(changed)) && { observer, version: item?.['version']?.S }
}

const changedIn = (item: Item | undefined) => JSON.parse(item?.['changed']?.S ?? '[]') as string[]

/** @returns undefined if a reservation is moving. @throws Failure `too_large` if there are more than `max` */
async function loadOutlines({ observer, endingFrom }: ObserverWindow, max: number, context: TableContext) {
  const found: { readonly entry: Entry; readonly outline: Outline }[] = []
  for await (const items of observerDayItems(observer, endingFrom, context.requests)) {
    if (found.length > 0) await yieldToEventLoop()
    for (const { key, entries } of items.map(dayItemOf)) {
      for (const entry of entries) {
        const { id, start, end, kind } = entry
        const outline = { id, site: siteOfObserverDay(key), start, end, observer, kind }
        if (end >= endingFrom) found.push({ entry, outline })
      }
    }
    if (found.length > max) throw tooManyOfObservers()
  }
  return (await areCurrent(
    found.map(({ entry }) => entry),
    context,
  ))
    ? found.map(({ outline }) => outline)
    : undefined
}

/** Whether reservations that were found twice, on their way between day items or as duplicate rows, are there twice. */
async function areCurrent(entries: readonly Entry[], context: TableContext): Promise<boolean> {
  const repeated = [...Map.groupBy(entries, ({ id }) => id).values()].filter(({ length }) => length > 1).flat()
  if (new Set(repeated.map(entryName)).size < repeated.length) return false
  const revisions = await rowsByKey(repeated, ({ revision }) => revision, context)
  return repeated.every((entry) => revisions.get(entryName(entry)) === entry.revision)
}
