import { openTurns } from '../../concurrency.ts'
import { visibleTo } from '../../domain/access.ts'
import { MAX_INSTANT } from '../../domain/interval.ts'
import { jsonArray, lengthOf, writer } from '../../json-bytes.ts'
import {
  listTooLarge,
  LONG_LIST_BYTES,
  MAX_DECODED_BYTES,
  MAX_LIST_BYTES,
  openLongLists,
  sorted,
} from '../long-lists.ts'
import { queryOf } from '../closures.ts'
import type { VerificationTable } from '../integrity.ts'
import { bytesInEffect, wantsInEffect } from '../in-effect.ts'
import { outlineOf } from '../outline.ts'
import type { Health, Query, Store } from '../port.ts'
import { openArchive } from './archive.ts'
import { openCalendarFeeds } from './calendar-feeds.ts'
import { readCancelled } from './cancelled.ts'
import { runChange } from './change.ts'
import { withinDeadline } from './errors.ts'
import { openFeed } from './feed.ts'
import { historyPage } from './history.ts'
import { listRows } from './listing.ts'
import { openOutbox } from './outbox.ts'
import { type OnProgress, rebuildDayIndex } from './rebuild.ts'
import type { Table } from './requests.ts'
import { findRows, slotsUnder } from './rows-by-id.ts'
import { firstStartOf, type Row, storedOf } from './rows.ts'
import type { DayIndexState } from './state.ts'
import { type DynamoOptions, openTable } from './table.ts'
import { maxSeries } from './transaction.ts'
import { verifyTable } from './verify.ts'

/** Each may span eight days, and be moved: 6 fit into one transaction, and fewer if messages to receivers take some of its items. */
const maxBatch = (receivers: number) => Math.floor(96 / (16 + receivers))
/**
 * Neighbours share day items, and the long item of their site, so more of them fit: 23, or fewer likewise. A batch that does
 * not fit is halved.
 */
const bulk = (receivers: number) => ({ size: Math.floor(92 / (4 + receivers)), concurrency: 8 })

/** A store in a table of DynamoDB: the original's, as it is. */
// oxlint-disable-next-line max-lines-per-function -- short methods of one store
export function dynamoStore(table: Table, options: DynamoOptions): Store {
  const context = openTable(table, options)
  const { codec, requests, state, receivers = 0 } = context
  const longLists = openLongLists()
  const turns = openTurns()

  function rowsOf<T>(query: Query, valueOf: (row: Row) => T, maxBytes = Infinity): Promise<T[]> {
    // A list of many rows is larger than a short list may be: it is rejected before they are read.
    const acquire = () => (maxBytes < LONG_LIST_BYTES ? Promise.reject(listTooLarge(maxBytes)) : longLists.acquire())
    return withinDeadline(listRows(query, valueOf, { ...context, longLists: { acquire } }))
  }

  /** The values of a list, in order. @throws Failure `too_large` if they are larger than `maxBytes` together */
  async function listed<T>(query: Query, valueOf: (row: Row) => { value: T; size: number }, maxBytes: number) {
    // A row may come twice, from an index and by its key.
    let left = 2 * maxBytes
    const toEntry = (row: Row) => {
      const value = valueOf(row)
      if ((left -= value.size) < 0) throw listTooLarge(maxBytes)
      return { sortKey: 'sites' in query ? row.reservation.start : row.reservation.end, id: row.reservation.id, value }
    }
    const entries = await rowsOf(query, toEntry, maxBytes)
    if (entries.reduce((sum, { value: { size } }) => sum + size, 0) > maxBytes) throw listTooLarge(maxBytes)
    return (await sorted(entries)).map(({ value: { value } }) => value)
  }

  const list: Store['list'] = (query, valueOf) => {
    const toValue = (row: Row) => ({
      value: valueOf(storedOf(row), firstStartOf(row)),
      size: codec.sizeOf(row.reservation),
    })
    return listed(query, toValue, MAX_DECODED_BYTES)
  }

  return {
    find: (id) => withinDeadline(findRows(id, context).then((rows) => rows.map(storedOf))),
    slotsUnder: (ids) => withinDeadline(slotsUnder(ids, context)),
    list,
    async listBytes(query, viewer, maxBytes = MAX_LIST_BYTES) {
      if (wantsInEffect(query)) return bytesInEffect(list, query, viewer, codec)
      const write = writer()
      const toText = ({ reservation }: Row) => {
        const value = write(codec.encode(visibleTo(viewer, reservation)))
        return { value, size: lengthOf(value) }
      }
      const bytes = await jsonArray(await listed(query, toText, Math.min(maxBytes, MAX_LIST_BYTES)))
      if (bytes.length > maxBytes && maxBytes < MAX_LIST_BYTES) throw listTooLarge(maxBytes)
      return bytes
    },
    async *outlines(window) {
      yield await rowsOf(queryOf(window), ({ reservation }) => outlineOf(reservation))
    },
    async *planned({ site, startingAfter, endingAfter }) {
      const isPlanned = ({ reservation: { origin, start, end } }: Row) =>
        origin === 'lco' && start > startingAfter && end > endingAfter
      const during = { start: Math.max(startingAfter, endingAfter), end: MAX_INSTANT }
      const ids = await rowsOf({ sites: [site], during }, (row) => (isPlanned(row) ? row.reservation.id : undefined))
      yield ids.filter((id) => id !== undefined)
    },
    longLists,
    history: (id, range = {}) => withinDeadline(historyPage(id, range, context)),
    async change(scope, decide) {
      await state.assertWritable()
      return runChange(scope, decide, context, turns)
    },
    maxBatch: maxBatch(receivers),
    maxSeries: maxSeries(receivers),
    bulk: bulk(receivers),
    outbox: openOutbox(context),
    feed: openFeed(context),
    archive: openArchive(context),
    cancelled: (...search) => withinDeadline(readCancelled(search, context)),
    calendarFeeds: openCalendarFeeds(context),
    async *all() {
      for await (const items of requests.scan({ FilterExpression: 'attribute_exists(site)' })) {
        for (const row of context.rowsOf(items)) yield storedOf(row)
      }
    },
    ping: async () => void (await state.read()),
    health: () => healthOf(state),
    close: async () => requests.close(),
  }
}

async function healthOf(state: DayIndexState): Promise<Health> {
  try {
    return { unwritable: await state.unwritable() }
  } catch {
    return { unreadable: 'its table does not answer', unwritable: 'its table does not answer' }
  }
}

/** Builds and verifies the day items of a whole table. */
export function openDayIndex(table: Table, options: DynamoOptions) {
  const context = openTable(table, options)
  return {
    rebuild: (onProgress?: OnProgress) => rebuildDayIndex(context, onProgress),
    verify: (scratch: VerificationTable, onProgress?: OnProgress) => verifyTable(context, scratch, onProgress),
    close: () => context.requests.close(),
  }
}
