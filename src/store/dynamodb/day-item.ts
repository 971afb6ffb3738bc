import type { Interval } from '../../domain/interval.ts'
import type { Kind, ReservationId } from '../../domain/reservation.ts'
import { outlineOf } from '../outline.ts'
import type { Outline } from '../port.ts'
import { LOG } from './feed-log.ts'
import {
  dayItemKeys,
  isShort,
  type Item,
  type Key,
  keyAttributes,
  keyOf,
  keyText,
  longItemKey,
  observerDayKey,
  plainOf,
} from './items.ts'
import type { Row } from './rows.ts'

/** What a day item says of a reservation. */
export interface Entry extends Interval {
  readonly id: ReservationId
  readonly kind: Kind
  readonly revision: number
  /** The sort key of its row. */
  readonly key: string
}

/**
 * A day of a site with the reservations that touch it, a day of an observer at a site with those that end on it, or the
 * long item of a site with its reservations of more than seven days.
 */
export interface DayItem {
  readonly key: Key
  readonly entries: readonly Entry[]
  /** Changes whenever the entries do; undefined if there have never been any. */
  readonly version: string | undefined
  /** For a long item: changes whenever a reservation is added to a day item of its site, removed, or moved. */
  readonly childVersion: string | undefined
  /** For a long item: how many entries of the log of its site it has; undefined if there is no log. */
  readonly logLength: number | undefined
}

export const emptyDayItem = (key: Key): DayItem => dayItemOf(keyAttributes(key))

/** What day items need of a row. */
export interface PlacedRow extends Pick<Row, 'revision' | 'key'> {
  readonly reservation: Outline
}

export const placedRow = ({ reservation, revision, key }: Row): PlacedRow => ({
  reservation: outlineOf(reservation),
  revision,
  key,
})

export function entryOf({ reservation: { id, start, end, kind }, revision, key }: PlacedRow): Entry {
  return { id, start, end, kind, revision, key }
}

/** Day items by the text of their keys. */
export const dayItemsByKey = (dayItems: readonly DayItem[]): Map<string, DayItem> =>
  new Map(dayItems.map((dayItem) => [keyText(dayItem.key), dayItem]))

/** The keys of the items that a reservation is on. */
export const dayItemKeysOf = (reservation: PlacedRow['reservation']): Key[] => [
  ...(isShort(reservation) ? dayItemKeys(reservation.site, reservation) : [longItemKey(reservation.site)]),
  observerDayKey(reservation),
]

/** `initial` is the first letter of the kind; a realtime reservation has none. */
type EncodedEntry = readonly [id: string, start: number, end: number, revision: number, key: string, initial?: string]

const KIND_OF: Readonly<Record<string, Kind>> = { p: 'project', m: 'maintenance' }

const encodeEntry = ({ id, start, end, kind, revision, key }: Entry): EncodedEntry =>
  kind === 'realtime' ? [id, start, end, revision, key] : [id, start, end, revision, key, kind.charAt(0)]

/** Entries as text. The same entries give the same text in any order. */
export const encodeEntries = (entries: Iterable<Entry>): string =>
  JSON.stringify([...entries].map(encodeEntry).toSorted(([a, start], [b, other]) => start - other || (a < b ? -1 : 1)))

export function dayItemOf(item: Item): DayItem {
  const { entries = '[]', version, child_version: childVersion } = plainOf(item) as Record<string, string | undefined>
  return {
    key: keyOf(item),
    entries: (JSON.parse(entries) as EncodedEntry[]).map(decodeEntry),
    version,
    childVersion,
    logLength: item[LOG]?.L?.length,
  }
}

const decodeEntry = ([id, start, end, revision, key, initial = '']: EncodedEntry): Entry => ({
  id,
  start,
  end,
  kind: KIND_OF[initial] ?? 'realtime',
  revision,
  key,
})
