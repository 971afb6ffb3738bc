import { visibleTo } from '../../domain/access.ts'
import { MAX_INSTANT } from '../../domain/interval.ts'
import { jsonArray, lengthOf, writer } from '../../json-bytes.ts'
import { MAX_DECODED_BYTES, MAX_LIST_BYTES, type SortEntry, LONG_LIST_BYTES, openLongLists, sorted, listTooLarge } from '../long-lists.ts'
import type { Health, Outline, Query, RowCodec, Store } from '../port.ts'
import { archiveOf } from './archive.ts'
import { withTimeout } from './unavailable.ts'
import { historyUnder, storedUnder } from './by-id.ts'
import { runChange } from './change.ts'
import { indexedAt, indexedOf, listAtSites, listOfObserver } from './listing.ts'
import { outboxOf } from './outbox.ts'
import type { VerificationTable } from './verification-table.ts'
import { type OnProgress, rebuildDayIndex } from './rebuild.ts'
import { type Requests, openRequests, type Table } from './requests.ts'
import { type Row, rowReader, storedOf } from './rows.ts'
import { slotsUnder } from './slots.ts'
import { type DayIndexState, openDayIndexState } from './state.ts'
import { keyedMutex } from './keyed-mutex.ts'
import { verifyTable } from './verify.ts'

export interface DynamoOptions {
  readonly codec: RowCodec
  /** Seconds that have gone by, by a clock that nobody sets. */
  readonly elapsed: () => number
  /** A text nobody has had before. */
  readonly newToken: () => string
  /** From 0 up to 1. */
  readonly random: () => number
  /** How long, in milliseconds, a change waits for others that are in its way. */
  readonly timeoutMs?: number
  /** Told of rows that cannot be read; names nobody. */
  readonly report: (message: string, details: object) => void
  /** What its requests go through on their way: for a rehearsal. */
  readonly wrapRequests?: ((requests: Requests) => Requests) | undefined
}

/** So many that each may span eight days and three day items more, and they still fit into one transaction. */
const MAX_BATCH = 6
/** Neighbours have day items in common; for those that have not it is halved. */
const BULK = { size: 24, concurrency: 8 }

/** The calendar in a table of DynamoDB: the original's, as it is. */
export function dynamoStore(table: Table, options: DynamoOptions): Store {
  const { codec, random, timeoutMs } = options
  const { requests, state, ...rest } = partsOf(table, options)
  const longLists = openLongLists()
  const readContext = { requests, longLists, ...rest }
  const changeContext = { ...readContext, random: random, patience: timeoutMs, lockMonth: keyedMutex() }

  async function rowsOf<T>(query: Query, valueOf: (row: Row) => T, max = Infinity): Promise<T[]> {
    // As many rows as are a long list are not read for a short one.
    const acquire = () => (max < LONG_LIST_BYTES ? Promise.reject(listTooLarge(max)) : longLists.acquire())
    const listContext = { ...readContext, longLists: { acquire: acquire } }
    const built = (await state.read()) === 'built'
    if ('observer' in query) return (built ? listOfObserver : indexedOf)(query.observer, query.endingFrom, valueOf, listContext)
    return (built ? listAtSites : indexedAt)(new Set(query.sites), query.during, valueOf, listContext)
  }

  /** In order, unless what is made of it is larger than that. */
  async function listed<T>(query: Query, created: (row: Row) => { it: T; size: number }, max: number): Promise<T[]> {
    // A row may come twice, from an index and by its key.
    let left = 2 * max
    const all = await rowsOf(query, (row): SortEntry<{ it: T; size: number }> => {
      const { it, size } = created(row)
      if ((left -= size) < 0) throw listTooLarge(max)
      return { sortKey: 'sites' in query ? row.reservation.start : row.reservation.end, id: row.reservation.id, value: { it, size } }
    }, max)
    if (all.reduce((sum, { value: { size } }) => sum + size, 0) > max) throw listTooLarge(max)
    return (await sorted(all)).map(({ value: { it } }) => it)
  }

  return {
    find: (id) => withTimeout(async () => (await storedUnder(id, readContext)).map(storedOf)),
    slotsUnder: (ids) => withTimeout(() => slotsUnder(ids, readContext)),
    list: (query, valueOf) => withTimeout(() => listed(query, (row) => ({ it: valueOf(storedOf(row)), size: codec.sizeOf(row.reservation) }), MAX_DECODED_BYTES)),
    async listBytes(query, viewer, max = MAX_LIST_BYTES) {
      const write = writer()
      const textOf = ({ reservation }: Row) => {
        const it = write(codec.encode(visibleTo(viewer, reservation)))
        return { it, size: lengthOf(it) }
      }
      const bytes = await jsonArray(await withTimeout(() => listed(query, textOf, Math.min(max, MAX_LIST_BYTES))))
      if (bytes.length > max && max < MAX_LIST_BYTES) throw listTooLarge(max)
      return bytes
    },
    async *outlines({ site, during }) {
      yield await withTimeout(() => rowsOf({ sites: [site], during }, outlineOf))
    },
    async *planned({ site, startingAfter, endingAfter }) {
      const isPlanned = ({ reservation: { origin, start, end } }: Row) => origin === 'lco' && start > startingAfter && end > endingAfter
      const during = { start: Math.max(startingAfter, endingAfter), end: MAX_INSTANT }
      const ids = await withTimeout(() => rowsOf({ sites: [site], during }, (row) => (isPlanned(row) ? row.reservation.id : undefined)))
      yield ids.filter((id) => id !== undefined)
    },
    longLists,
    history: (id, range = {}) => withTimeout(() => historyUnder(id, range, readContext)),
    async change(scope, decide) {
      await state.assertWritable()
      return runChange(scope, decide, changeContext)
    },
    maxBatch: MAX_BATCH,
    bulk: BULK,
    outbox: outboxOf({ requests, codec, newToken: options.newToken, elapsed: options.elapsed, random }),
    feed: undefined,
    archive: archiveOf({ ...changeContext, state }),
    async *all() {
      for await (const items of requests.scan({ FilterExpression: 'attribute_exists(site)' })) {
        for (const row of readContext.rowsOf(items)) yield storedOf(row)
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

/** What is done with the day items of a table as a whole. `fence` is for tests: how long old day items may still be believed in. */
export function openDayIndex(table: Table, options: DynamoOptions & { readonly fence?: number }) {
  const parts = { ...partsOf(table, options), ...(options.fence !== undefined && { fence: options.fence }) }
  return {
    rebuild: (onProgress?: OnProgress) => rebuildDayIndex(parts, onProgress),
    verify: (table: VerificationTable, onProgress?: OnProgress) => verifyTable(parts, table, onProgress),
    close: () => parts.requests.close(),
  }
}

function partsOf(table: Table, { codec, elapsed, newToken, report, wrapRequests = (requests) => requests }: DynamoOptions) {
  const requests = wrapRequests(openRequests(table))
  return { requests, codec, newToken, rowsOf: rowReader(codec, report), state: openDayIndexState(requests, elapsed) }
}

const outlineOf = ({ reservation: { id, site, start, end, observer, kind } }: Row): Outline => ({ id, site, start, end, observer, kind })
