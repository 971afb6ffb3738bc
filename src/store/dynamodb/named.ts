import type { Interval } from '../../domain/interval.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import { yieldToEventLoop } from '../../concurrency.ts'
import { MAX_LIST_BYTES, listTooLarge } from '../long-lists.ts'
import type { Item } from './attributes.ts'
import { keyText } from './items.ts'
import { inLanes } from './requests.ts'
import { type Entry, type DayItem, dayItemOf } from './day-index.ts'

/** What is looked for on day items. */
export interface Sought {
  /** Of each site, or of an observer, page by page. */
  readonly sheets: readonly (() => AsyncIterable<readonly Item[]>)[]
  readonly holds: (interval: Interval) => boolean
}

/** What day items name, each once, under its name. */
export type Named = Map<string, Entry>

/** More on the day items of a list are more than it may be in bytes; what touches two days is on two of them. */
const MAX_ENTRIES = 200_000
/** So many sites are read side by side: of what is being waited for, all may come in one turn of the event loop. */
export const LANES = 6
/** So many entries are gone through in one turn of the event loop. */
const ENTRIES_CONCURRENCY = 2000

/** What the day items of a list name of it, as the newest of them says. Where that is more than `most`, the rest is not read. */
export async function namedBy({ sheets: dayItems, holds }: Sought, max = Infinity): Promise<Named> {
  const named: Named = new Map()
  let [count, paused] = [0, 0]
  await inLanes(dayItems, LANES, async (pages) => {
    if (named.size > max) return
    for await (const items of pages()) {
      if (count - paused >= ENTRIES_CONCURRENCY) {
        paused = count
        await yieldToEventLoop()
      }
      await inTurns(entriesIn(items), (entry) => {
        if ((count += 1) > MAX_ENTRIES) throw listTooLarge(MAX_LIST_BYTES)
        if (named.size <= max && holds(entry)) addNewest(entry, named)
      })
      if (named.size > max) return
    }
  })
  return named
}

function* entriesIn(items: readonly Item[]): Generator<Entry> {
  for (const item of items) yield* dayItemOf(item).entries
}

/** Sees each of many, in several turns of the event loop. */
export async function inTurns<T>(many: Iterable<T>, see: (one: T) => void): Promise<void> {
  let left = ENTRIES_CONCURRENCY
  for (const one of many) {
    if (left === 0) {
      await yieldToEventLoop()
      left = ENTRIES_CONCURRENCY
    }
    left -= 1
    see(one)
  }
}

/** The ids that two readings do not agree about, or name under several keys. */
export async function doubtfulIn(first: Named, second: Named): Promise<Set<ReservationId>> {
  const doubtful = new Set<ReservationId>()
  const seen = new Set<ReservationId>()
  await inTurns(first, ([name, { id }]) => void (second.has(name) || doubtful.add(id)))
  await inTurns(second.values(), ({ id }) => void (seen.has(id) ? doubtful : seen).add(id))
  return doubtful
}

/** What day items name, each once, as the newest of them says. */
export async function entriesOf(dayItems: readonly DayItem[]): Promise<Entry[]> {
  const named: Named = new Map()
  for (const { entries } of dayItems) await inTurns(entries, (entry) => addNewest(entry, named))
  return [...named.values()]
}

function addNewest(entry: Entry, named: Named): void {
  const name = entryName(entry)
  if ((named.get(name)?.revision ?? -1) < entry.revision) named.set(name, entry)
}

export const entryName = ({ id, key }: Entry) => keyText({ event_id: id, start: key })
