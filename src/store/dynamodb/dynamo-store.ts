import { seenBy } from '../../domain/access.ts'
import type { Condition, Query, RowCodec, Store } from '../store.ts'
import { archiveOf } from './archive.ts'
import { inTime } from './answering.ts'
import { historyUnder, standingUnder, standingUnderAll } from './by-id.ts'
import { changeIn } from './change.ts'
import { indexedAt, indexedOf, standingAt, standingOf } from './listing.ts'
import { outboxOf } from './outbox.ts'
import type { Pile } from './pile.ts'
import { type OnProgress, rebuildSheets } from './rebuild.ts'
import { type Requests, requestsTo, type Table } from './requests.ts'
import { byEnd, byStart, type Row, rowReader, storedOf } from './rows.ts'
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
  const reading = { requests, ...rest }
  const changing = { ...reading, chance, patience, turnAt: takingTurns() }

  async function list(query: Query): Promise<Row[]> {
    const built = (await state.read()) === 'built'
    if ('observer' in query) {
      return (await (built ? standingOf : indexedOf)(query.observer, query.endingFrom, reading)).toSorted(byEnd)
    }
    return (await (built ? standingAt : indexedAt)(new Set(query.sites), query.during, reading)).toSorted(byStart)
  }

  return {
    find: (id) => inTime(async () => (await standingUnder(id, reading)).map(storedOf)),
    findAll: (ids) =>
      inTime(async () => new Map([...(await standingUnderAll(ids, reading))].map(([id, rows]) => [id, rows.map(storedOf)]))),
    list: (query) => inTime(async () => (await list(query)).map(storedOf)),
    async listBytes(query, eyes) {
      const events = (await inTime(() => list(query))).map(({ reservation }) => codec.encode(seenBy(eyes, reservation)))
      return new TextEncoder().encode(`[${events.join(',')}]`)
    },
    history: (id, part = {}) => inTime(() => historyUnder(id, part, reading)),
    async change(scope, decide) {
      await state.assertWritable()
      return changeIn(scope, decide, changing)
    },
    together: TOGETHER,
    bulk: BULK,
    outbox: outboxOf({ requests, newToken: options.newToken, elapsed: options.elapsed, chance }),
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
    const now = await state.read()
    return now === 'building' || now === 'adopting' ? { unwritable: 'its sheets are being built' } : {}
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
