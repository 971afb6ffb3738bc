import type { ReservationId, Revision } from '../../domain/reservation.ts'
import type { HistoryRange, RowCodec } from '../port.ts'
import { attributesOf } from '../../wire/dynamo-json.ts'
import { historyId, idOfHistory, type Item, plainOf, revisionKey } from './items.ts'
import { allItems, firstPage } from './requests.ts'
import type { TableContext } from './table.ts'

/** A revision as an item holds it. */
export interface StoredRevision extends Revision {
  /** The size of the largest that its reservation has been, in bytes of the wire's JSON. */
  readonly largestSize: number
}

/** @param token that of the transaction that writes it; none if it is not a change of this calendar */
export function revisionItem(revision: StoredRevision, codec: RowCodec, token = ''): Item {
  const { id, number, at, by, via, overlapping, overridden = [] } = revision
  const [before, after] = [revision.before, revision.after].map((one) => (one ? codec.encode(one) : undefined))
  const sizes = [before, after].map((text) => Buffer.byteLength(text ?? ''))
  return attributesOf({
    ...revisionKey(id, number),
    at,
    by,
    via,
    overlapping: [...overlapping],
    ...(overridden.length > 0 && { overridden: [...overridden] }),
    token,
    largest_size: Math.max(revision.largestSize, ...sizes),
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
  })
}

interface RevisionFields extends Omit<Revision, 'id' | 'number' | 'before' | 'after'> {
  readonly event_id: string
  readonly start: string
  readonly before?: string
  readonly after?: string
}

export function revisionOf(item: Item, codec: RowCodec): Revision {
  const { event_id, start, at, by, via, overlapping, overridden, ...states } = plainOf(
    item,
  ) as unknown as RevisionFields
  const [before, after] = [states.before, states.after].map((text) =>
    text === undefined ? undefined : codec.decode(text),
  )
  const allowed = { overlapping, ...(overridden && { overridden }) }
  return { id: idOfHistory(event_id) ?? '', number: Number(start), at, by, via, ...allowed, before, after }
}

/** The last revisions of an id, newest first. */
export async function lastRevisions(id: ReservationId, limit: number, { requests, codec }: TableContext) {
  const items = await firstPage(requests.pages({ partition: historyId(id), descending: true, limit }))
  return items.map((item): StoredRevision => {
    return { ...revisionOf(item, codec), largestSize: Number(item['largest_size']?.N) }
  })
}

/** Decoding more would block the event loop. DynamoDB itself ends a page at 1 MB. */
const MAX_PAGE = 250
/** One above the largest number that a key holds. */
const NO_END = 1_000_000_000

/** A page of the history of an id, oldest first. */
export async function historyPage(id: ReservationId, range: HistoryRange, { requests, codec }: TableContext) {
  const { after = 0, before = NO_END, limit = MAX_PAGE, fromEnd = false } = range
  if (after + 1 >= before) return []
  const keys = [revisionKey(id, after + 1).start, revisionKey(id, before - 1).start] as const
  const search = { partition: historyId(id), range: keys, limit: Math.min(limit, MAX_PAGE), descending: fromEnd }
  const page = (await firstPage(requests.pages(search))).map((item) => revisionOf(item, codec))
  return fromEnd ? page.toReversed() : page
}

/** The whole history of an id, oldest first. */
export const wholeHistory = async (id: ReservationId, { requests, codec }: TableContext): Promise<Revision[]> =>
  (await allItems(requests.pages({ partition: historyId(id) }))).map((item) => revisionOf(item, codec))
