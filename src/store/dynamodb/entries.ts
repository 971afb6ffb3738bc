import { mapConcurrently, yieldToEventLoop } from '../../concurrency.ts'
import type { Interval } from '../../domain/interval.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import { listTooLarge, MAX_LIST_BYTES } from '../long-lists.ts'
import { type DayItem, dayItemOf, type Entry } from './day-item.ts'
import { type Item, keyText } from './items.ts'

/** Which entries to read from which day items. */
export interface EntrySearch {
  /** The day items of each site, or of an observer, page by page. */
  readonly dayItems: readonly (() => AsyncIterable<readonly Item[]>)[]
  readonly includes: (interval: Interval) => boolean
}

/** The newest entry of each row, by the text of the row's key. */
export type Entries = Map<string, Entry>

/** A list with more entries is larger than any list may be in bytes; a reservation of two days has two. */
const MAX_ENTRIES = 200_000
/** Sites that are read concurrently. Their answers may all arrive in one turn of the event loop. */
export const CONCURRENCY = 6
/** Entries that are processed in one turn of the event loop. */
const ENTRIES_PER_TURN = 2000

/** Reads entries. If there are more than `max`, it stops reading. @throws Failure `too_large` past 200,000 */
export async function readEntries({ dayItems, includes }: EntrySearch, max = Infinity): Promise<Entries> {
  const found: Entries = new Map()
  let [count, yieldedAt] = [0, 0]
  await mapConcurrently(dayItems, CONCURRENCY, async (pages) => {
    if (found.size > max) return
    for await (const items of pages()) {
      if (count - yieldedAt >= ENTRIES_PER_TURN) {
        yieldedAt = count
        await yieldToEventLoop()
      }
      await forEachInChunks(entriesOfItems(items), (entry) => {
        if ((count += 1) > MAX_ENTRIES) throw listTooLarge(MAX_LIST_BYTES)
        if (found.size <= max && includes(entry)) addNewest(entry, found)
      })
      if (found.size > max) return
    }
  })
  return found
}

function* entriesOfItems(items: readonly Item[]): Generator<Entry> {
  for (const item of items) yield* dayItemOf(item).entries
}

/** Calls `visit` for each of many, in several turns of the event loop. */
export async function forEachInChunks<T>(many: Iterable<T>, visit: (one: T) => void): Promise<void> {
  let left = ENTRIES_PER_TURN
  for (const one of many) {
    if (left === 0) {
      await yieldToEventLoop()
      left = ENTRIES_PER_TURN
    }
    left -= 1
    visit(one)
  }
}

/** The ids that two readings disagree about, or that the second has at several keys. */
export async function changedBetween(first: Entries, second: Entries): Promise<Set<ReservationId>> {
  const changed = new Set<ReservationId>()
  const seen = new Set<ReservationId>()
  await forEachInChunks(first, ([name, { id }]) => void (second.has(name) || changed.add(id)))
  await forEachInChunks(second.values(), ({ id }) => void (seen.has(id) ? changed : seen).add(id))
  return changed
}

/** The newest entry of each row on some day items. */
export async function entriesOf(dayItems: readonly DayItem[]): Promise<Entry[]> {
  const found: Entries = new Map()
  for (const { entries } of dayItems) await forEachInChunks(entries, (entry) => addNewest(entry, found))
  return [...found.values()]
}

function addNewest(entry: Entry, entries: Entries): void {
  const name = entryName(entry)
  if ((entries.get(name)?.revision ?? -1) < entry.revision) entries.set(name, entry)
}

export const entryName = ({ id, key }: Entry): string => keyText({ event_id: id, start: key })
