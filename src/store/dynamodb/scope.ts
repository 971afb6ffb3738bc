import { chunksOf, CHUNK_BYTES, waitForAll, yieldToEventLoop } from '../../concurrency.ts'
import { overlaps } from '../../domain/interval.ts'
import type { ReservationId, Stored } from '../../domain/reservation.ts'
import { MAX_LIST_BYTES } from '../long-lists.ts'
import type { Outline, Scope, SiteWindow } from '../port.ts'
import { guardedWindows, guardsOf, loadDayItems } from './day-index.ts'
import { dayItemsByKey, emptyDayItem, type Entry } from './day-item.ts'
import { entriesOf, entryName } from './entries.ts'
import { tooLarge } from './errors.ts'
import { rowsByKey } from './listing.ts'
import { loadObservers } from './observer-versions.ts'
import { type LoadedRows, loadAllRows } from './rows-by-id.ts'
import { byStart, type Row, storedOf } from './rows.ts'
import type { TableContext } from './table.ts'
import type { Preconditions } from './transaction.ts'

/** The most reservations that one change may see in its windows, and how many are read together. */
const MAX_OVERLAPPING = 10_000
const READ_BATCH = 250

const tooManyOverlapping = () => tooLarge('there are too many reservations in that time; a shorter one may do')

/** What a change sees. */
export interface LoadedScope extends Preconditions {
  readonly windows: readonly SiteWindow[]
  readonly overlapping: readonly Stored[]
  readonly isComplete: boolean
  readonly ofObservers: readonly Outline[]
}

/** Loads what a scope names. @returns undefined if something changed meanwhile */
export async function loadScope(scope: Scope, context: TableContext): Promise<LoadedScope | undefined> {
  const { requests } = context
  const rowsById = await loadAllRows([...new Set(scope.ids)], context, CHUNK_BYTES)
  // The rules reject an empty interval, and one that runs backwards.
  const asked = scope.windows?.((id) => rowsIn(rowsById, id)) ?? []
  const windows = asked.filter(({ during }) => during.start < during.end)
  const guarded = guardedWindows(windows, context.receivers)
  const loaded = await Promise.all(guarded.map((window) => loadDayItems(window, requests)))
  if (loaded.includes(undefined)) return undefined
  const dayItems = loaded.flatMap((some) => some ?? [])
  const entries = (await entriesOf(dayItems)).filter((entry) => windows.some(({ during }) => overlaps(entry, during)))
  if (entries.length > MAX_OVERLAPPING) throw tooManyOverlapping()
  // An id of the scope may have changed after it was loaded, by an earlier sending of this very change for example.
  const isAsLoaded = ({ id, ...entry }: Entry) =>
    rowsById.get(id)?.rows.some(({ key, revision }) => key === entry.key && revision === entry.revision) ?? true
  if (!entries.every(isAsLoaded)) return undefined
  const observers = scope.observers?.((id) => rowsIn(rowsById, id)) ?? []
  const [seen, observed] = await waitForAll([
    loadOverlapping(entries, windows, scope, context),
    loadObservers(observers, context),
  ])
  const guards = guarded.flatMap(guardsOf)
  const known = dayItemsByKey([...guards.map(({ key }) => emptyDayItem(key)), ...dayItems])
  return seen && observed && { ...seen, ...observed, rowsById, windows, guards, dayItems: known }
}

/** The rows under an id of the scope. */
export const rowsIn = (rowsById: ReadonlyMap<ReservationId, LoadedRows>, id: ReservationId): readonly Stored[] => {
  const loaded = rowsById.get(id)
  if (!loaded) throw new Error(`${id} is not in the scope of this change.`)
  return loaded.rows.map(storedOf)
}

/** The rows of entries that are visible in the windows; undefined if one is not as its entry says. */
async function loadOverlapping(
  entries: readonly Entry[],
  windows: readonly SiteWindow[],
  { limit }: Scope,
  context: TableContext,
) {
  const overlapping: Row[] = []
  let [read, size] = [0, 0]
  for (const batch of chunksOf(entries, READ_BATCH)) {
    if (read > 0) await yieldToEventLoop()
    const rows = await rowsByKey(batch, (row) => row, context)
    if (!batch.every((entry) => rows.get(entryName(entry))?.revision === entry.revision)) return undefined
    const visible = [...rows.values()].filter((row) => windows.some((window) => isVisibleIn(row, window)))
    overlapping.push(...visible)
    size += visible.reduce((sum, { reservation }) => sum + context.codec.sizeOf(reservation), 0)
    read += batch.length
    const isEnough = limit !== undefined && overlapping.length >= (size < CHUNK_BYTES ? Math.max(2, limit) : 2)
    if (isEnough) break
    if (size > MAX_LIST_BYTES) throw tooManyOverlapping()
  }
  return { overlapping: overlapping.toSorted(byStart).map(storedOf), isComplete: read === entries.length }
}

const isVisibleIn = ({ reservation }: Row, { site, during, exceptObserver, onlyMaintenance = false }: SiteWindow) =>
  reservation.site === site &&
  overlaps(reservation, during) &&
  (reservation.kind === 'maintenance' || !(onlyMaintenance || reservation.observer === exceptObserver))
