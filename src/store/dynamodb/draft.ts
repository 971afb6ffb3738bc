import { Failure } from '../../domain/failure.ts'
import type { Instant } from '../../domain/interval.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import type { Change, RowCodec } from '../store.ts'
import type { Item } from './attributes.ts'
import { isOurs, type Key, keyAttributes, messageKey, nameOf, revisionKey } from './keys.ts'
import type { Requests } from './requests.ts'
import { posted } from './messages.ts'
import { REVISION, revisionItem, type Row, rowItem } from './rows.ts'
import { edited, type Edits, editsOf, textOver } from './edits.ts'
import type { Seen, Step, Write } from './plan.ts'
import { blank, type Sheet, sheetOf } from './sheets.ts'

export interface Drafting {
  readonly requests: Requests
  readonly codec: RowCodec
}

export interface Draft {
  readonly writes: readonly Write[]
  /** The key of a revision in it, which carries the token: by that it is known again. */
  readonly mark: Key
}

const MOST_WRITES = 100
/** DynamoDB's items hold 400 kB and its transactions 4 MB. Measured as JSON, which is longer, and with some room. */
const LARGEST_ITEM = 380_000
const LARGEST_DRAFT = 3_800_000

/**
 * One transaction that makes all the changes, under the condition that nothing of what was seen has moved.
 * @throws Failure `too_large` when it is more than DynamoDB keeps in one item or commits at once
 */
export async function draft(changes: readonly Change[], seen: Seen, token: string, drafting: Drafting): Promise<Draft> {
  const steps = stepsOf(changes, seen, drafting.codec)
  const [first] = steps
  if (!first) throw new Error('A draft of nothing.')
  const edits = editsOf(steps, seen.guards)
  const items = steps.flatMap((step) => [...putsOf(step, drafting.codec), recordOf(step, token, drafting.codec)])
  const touched = new Set(steps.map(({ id }) => id))
  const untouched = [...seen.named].filter(([id]) => !touched.has(id))
  const writes: Write[] = [
    ...items.map(({ item, condition }) => put(item, condition)),
    ...steps.flatMap(removalOf),
    ...postsOf(steps),
    ...untouched.map(([id, { last }]) => absent(revisionKey(id, last + 1))),
  ]
  // Known before the sheets are read, which then need not be.
  if (writes.length + edits.size > MOST_WRITES) throw tooLarge('that is more than can be changed at once')
  const sheets = await sheetsUnder(edits, seen, drafting.requests)
  assertFits(items.map(({ item }) => item), [...edits.values()].map((edit) => textOver(edit, sheets(edit.key))))
  writes.push(...[...edits.values()].map((edit) => edited(edit, sheets(edit.key), token)))
  return { writes, mark: revisionKey(first.id, first.number) }
}

function stepsOf(changes: readonly Change[], { named }: Seen, codec: RowCodec): Step[] {
  const made = new Map<ReservationId, number>()
  return changes.map((change) => {
    const id = change.after?.id ?? change.before?.reservation.id
    const known = id === undefined ? undefined : named.get(id)
    if (id === undefined || !known) throw new Error('A change of a reservation that its scope does not name.')
    if (isOurs(id)) throw new Failure('malformed', 'Error: event_id must not begin with calendar#')
    const count = (made.get(id) ?? 0) + 1
    made.set(id, count)
    const number = known.last + count
    const before = change.before && rowAt(change.before.reservation.start, known.rows)
    if (change.after && isTaken(change.after.start, change.before?.reservation.start, known.rows)) throw new Error('A change onto what stands.')
    const after = change.after && { reservation: change.after, revision: number, key: codec.time(change.after.start), marked: undefined, shadows: [] }
    return { id, change, number, largest: known.largest, before, after }
  })
}

const isTaken = (start: Instant, own: Instant | undefined, rows: readonly Row[]) =>
  start !== own && rows.some(({ reservation }) => reservation.start === start)

function rowAt(start: Instant, rows: readonly Row[]): Row {
  const row = rows.find(({ reservation }) => reservation.start === start)
  if (!row) throw new Error('A change of what does not stand.')
  return row
}

interface Condition {
  readonly ConditionExpression: string
  readonly ExpressionAttributeNames?: Record<string, string>
  readonly ExpressionAttributeValues?: Item
}

const NEW: Condition = { ConditionExpression: 'attribute_not_exists(event_id)' }
const THERE: Condition = { ConditionExpression: 'attribute_exists(event_id)' }

/** A row of the original has no revision, until one is made. */
const unmoved = ({ marked }: Row): Condition => ({
  ConditionExpression: marked ? '#revision = :marked' : 'attribute_exists(event_id) AND attribute_not_exists(#revision)',
  ExpressionAttributeNames: { '#revision': REVISION },
  ...(marked && { ExpressionAttributeValues: { ':marked': marked } }),
})

interface Placed {
  readonly item: Item
  readonly condition: Condition
}

function putsOf({ before, after }: Step, codec: RowCodec): Placed[] {
  if (!after) return []
  const condition = before?.key === after.key ? unmoved(before) : before?.shadows.includes(after.key) ? THERE : NEW
  return [{ item: rowItem(after.reservation, after.revision, codec), condition }]
}

/** The revision that records a step. */
function recordOf({ id, change, number, largest, before, after }: Step, token: string, codec: RowCodec): Placed {
  const { at, by, via, across = [] } = change
  const revision = { id, number, at, by, via, across, before: before?.reservation, after: after?.reservation, largest, token }
  return { item: revisionItem(revision, codec), condition: NEW }
}

/** A transaction writes no item twice: of several messages about the same two it is the last that counts. */
function postsOf(steps: readonly Step[]): Write[] {
  const pending = steps.flatMap(({ change: { at, messages = [] }, number }) =>
    messages.map((message) => ({ message, revision: number, writtenAt: at, attempts: 0, due: 0 })),
  )
  return [...new Map(pending.map((one) => [messageKey(one.message).start, posted(one)])).values()]
}

/** Whatever stood for it and is not put over. */
function removalOf({ id, before, after }: Step): Write[] {
  if (!before) return []
  const gone = [{ key: before.key, condition: unmoved(before) }, ...before.shadows.map((key) => ({ key, condition: THERE }))]
  return gone
    .filter(({ key }) => key !== after?.key)
    .map(({ key, condition }) => (TableName) => ({ Delete: { TableName, Key: keyAttributes({ event_id: id, start: key }), ...condition } }))
}

const put = (Item: Item, condition: Condition): Write => (TableName) => ({ Put: { TableName, Item, ...condition } })

export const absent = (key: Key): Write => (TableName) => ({ ConditionCheck: { TableName, Key: keyAttributes(key), ...NEW } })

/** The sheets that are to be edited, as they are: seen already, known to be blank, or read now. */
async function sheetsUnder(edits: Edits, { sheets, guards }: Seen, requests: Requests): Promise<(key: Key) => Sheet> {
  const unseen = [...edits.values()].map(({ key }) => key).filter((key) => !sheets.has(nameOf(key)) && !guards.has(nameOf(key)))
  const read = new Map((await requests.getAll(unseen)).map(sheetOf).map((sheet) => [nameOf(sheet.key), sheet]))
  return (key) => sheets.get(nameOf(key)) ?? read.get(nameOf(key)) ?? blank(key)
}

function assertFits(items: readonly Item[], texts: readonly string[]): void {
  const sizes = items.map(sizeOf)
  if (sizes.some((size) => size > LARGEST_ITEM)) throw tooLarge('the event is too large to be kept')
  const sheets = texts.map((text) => Buffer.byteLength(text))
  if (sheets.some((size) => size > LARGEST_ITEM)) throw tooLarge('no more reservations fit into that day')
  if ([...sizes, ...sheets].reduce((sum, size) => sum + size, 0) > LARGEST_DRAFT) throw tooLarge('that is more than can be changed at once')
}

const sizeOf = (item: Item) => Buffer.byteLength(JSON.stringify(item))

/** Whether DynamoDB keeps an item of that size. */
export const fitsAlone = (item: Item): boolean => sizeOf(item) <= LARGEST_ITEM

const tooLarge = (what: string) => new Failure('too_large', `Error: ${what}`)
