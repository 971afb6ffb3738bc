import { seenBy } from '../../domain/access.ts'
import { FOREVER } from '../../domain/interval.ts'
import { jsonArray, lengthOf, writer } from '../../json-bytes.ts'
import { LARGEST_DECODED, LARGEST_LIST, type Listed, LONG, openLongLists, sorted, tooLarge } from '../long-lists.ts'
import type { Condition, Outline, Query, RowCodec, Store } from '../store.ts'
import { archiveOf } from './archive.ts'
import { inTime } from './answering.ts'
import { historyUnder, standingUnder } from './by-id.ts'
import { changeIn } from './change.ts'
import { indexedAt, indexedOf, standingAt, standingOf } from './listing.ts'
import { outboxOf } from './outbox.ts'
import type { Pile } from './pile.ts'
import { type OnProgress, rebuildSheets } from './rebuild.ts'
import { type Requests, requestsTo, type Table } from './requests.ts'
import { type Row, rowReader, storedOf } from './rows.ts'
import { slotsUnder } from './slots.ts'
import { type SheetsState, stateOf } from './state.ts'
import { takingTurns } from './turns.ts'
import { verifyTable } from './verify.ts'

export interface DynamoOptions {
  readonly codec: RowCodec
  /** Seconds that have gone by, by a clock that nobody sets. */
  readonly elapsed: () => number
  /** A text nobody has had before. */
  readonly newToken: () => string
  /** From 0 up to 1. */
  readonly chance: () => number
  /** How long, in milliseconds, a change waits for others that are in its way. */
  readonly patience?: number
  /** Told of rows that cannot be read; names nobody. */
  readonly report: (message: string, facts: object) => void
  /** What its requests go through on their way: for a rehearsal. */
  readonly through?: ((requests: Requests) => Requests) | undefined
}

/** So many that each may span eight days and three sheets more, and they still fit into one transaction. */
const TOGETHER = 6
/** Neighbours have sheets in common; for those that have not it is halved. */
const BULK = { size: 24, lanes: 8 }

/** The calendar in a table of DynamoDB: the original's, as it is. */
export function dynamoStore(table: Table, options: DynamoOptions): Store {
  const { codec, chance, patience } = options
  const { requests, state, ...rest } = partsOf(table, options)
  const longLists = openLongLists()
  const reading = { requests, longLists, ...rest }
  const changing = { ...reading, chance, patience, turnAt: takingTurns() }

  async function rowsOf<T>(query: Query, valueOf: (row: Row) => T, most = Infinity): Promise<T[]> {
    // As many rows as are a long list are not read for a short one.
    const enter = () => (most < LONG ? Promise.reject(tooLarge(most)) : longLists.enter())
    const listing = { ...reading, longLists: { enter } }
    const built = (await state.read()) === 'built'
    if ('observer' in query) return (built ? standingOf : indexedOf)(query.observer, query.endingFrom, valueOf, listing)
    return (built ? standingAt : indexedAt)(new Set(query.sites), query.during, valueOf, listing)
  }

  /** In order, unless what is made of it is larger than that. */
  async function listed<T>(query: Query, made: (row: Row) => { it: T; size: number }, most: number): Promise<T[]> {
    // A row may come twice, from an index and by its key.
    let left = 2 * most
    const all = await rowsOf(query, (row): Listed<{ it: T; size: number }> => {
      const { it, size } = made(row)
      if ((left -= size) < 0) throw tooLarge(most)
      return { at: 'sites' in query ? row.reservation.start : row.reservation.end, id: row.reservation.id, value: { it, size } }
    }, most)
    if (all.reduce((sum, { value: { size } }) => sum + size, 0) > most) throw tooLarge(most)
    return (await sorted(all)).map(({ value: { it } }) => it)
  }

  return {
    find: (id) => inTime(async () => (await standingUnder(id, reading)).map(storedOf)),
    slotsUnder: (ids) => inTime(() => slotsUnder(ids, reading)),
    list: (query, valueOf) => inTime(() => listed(query, (row) => ({ it: valueOf(storedOf(row)), size: codec.sizeOf(row.reservation) }), LARGEST_DECODED)),
    async listBytes(query, eyes, most = LARGEST_LIST) {
      const write = writer()
      const textOf = ({ reservation }: Row) => {
        const it = write(codec.encode(seenBy(eyes, reservation)))
        return { it, size: lengthOf(it) }
      }
      const bytes = await jsonArray(await inTime(() => listed(query, textOf, Math.min(most, LARGEST_LIST))))
      if (bytes.length > most && most < LARGEST_LIST) throw tooLarge(most)
      return bytes
    },
    async *outlines({ site, during }) {
      yield await inTime(() => rowsOf({ sites: [site], during }, outlineOf))
    },
    async *planned({ site, startingAfter, endingAfter }) {
      const isPlanned = ({ reservation: { origin, start, end } }: Row) => origin === 'lco' && start > startingAfter && end > endingAfter
      const during = { start: Math.max(startingAfter, endingAfter), end: FOREVER }
      const ids = await inTime(() => rowsOf({ sites: [site], during }, (row) => (isPlanned(row) ? row.reservation.id : undefined)))
      yield ids.filter((id) => id !== undefined)
    },
    longLists,
    history: (id, part = {}) => inTime(() => historyUnder(id, part, reading)),
    async change(scope, decide) {
      await state.assertWritable()
      return changeIn(scope, decide, changing)
    },
    together: TOGETHER,
    bulk: BULK,
    outbox: outboxOf({ requests, codec, newToken: options.newToken, elapsed: options.elapsed, chance }),
    feed: undefined,
    archive: archiveOf({ ...changing, state }),
    async *all() {
      for await (const items of requests.scan({ FilterExpression: 'attribute_exists(site)' })) {
        for (const row of reading.rowsOf(items)) yield storedOf(row)
      }
    },
    ping: async () => void (await state.read()),
    condition: () => conditionOf(state),
    close: async () => requests.close(),
  }
}

async function conditionOf(state: SheetsState): Promise<Condition> {
  try {
    return { unwritable: await state.unwritable() }
  } catch {
    return { unreadable: 'its table does not answer', unwritable: 'its table does not answer' }
  }
}

/** What is done with the sheets of a table as a whole. `fence` is for tests: how long old sheets may still be believed in. */
export function sheetsIn(table: Table, options: DynamoOptions & { readonly fence?: number }) {
  const parts = { ...partsOf(table, options), ...(options.fence !== undefined && { fence: options.fence }) }
  return {
    rebuild: (onProgress?: OnProgress) => rebuildSheets(parts, onProgress),
    verify: (pile: Pile, onProgress?: OnProgress) => verifyTable(parts, pile, onProgress),
    close: () => parts.requests.close(),
  }
}

function partsOf(table: Table, { codec, elapsed, newToken, report, through = (requests) => requests }: DynamoOptions) {
  const requests = through(requestsTo(table))
  return { requests, codec, newToken, rowsOf: rowReader(codec, report), state: stateOf(requests, elapsed) }
}

const outlineOf = ({ reservation: { id, site, start, end, observer, kind } }: Row): Outline => ({ id, site, start, end, observer, kind })
