import type { AttributeValue, TransactWriteItem } from '@aws-sdk/client-dynamodb'
import type { Item } from './attributes.ts'
import { type Key, keyText } from './items.ts'
import type { Requests, Search } from './requests.ts'

/** Where items are put that are not to go into the table, by their two keys. */
export interface ScratchTable {
  get(eventId: string, start: string): Item | undefined
  /** All of a partition, in order. */
  under(eventId: string): Item[]
  put(eventId: string, start: string, item: Item): void
  close(): void
}

/** A condition, and what its `#names` and `:values` stand for. */
interface Expression {
  readonly ConditionExpression?: string | undefined
  readonly ExpressionAttributeNames?: Record<string, string> | undefined
  readonly ExpressionAttributeValues?: Record<string, AttributeValue> | undefined
}

/**
 * A table as it is with what is in `scratch`, where all that is written goes: so the store decides as it would, down to
 * what fits into an item, and the table stays as it is. For an import, which only adds and searches no index.
 */
export function dryRunRequests(table: Requests, scratch: ScratchTable): Requests {
  const never = () => {
    throw new Error('An import does not do that, so that it cannot be rehearsed.')
  }
  const inScratch = ({ event_id, start }: Key) => scratch.get(event_id, start)
  const put = ({ event_id, start }: Key, item: Item) => scratch.put(event_id, start, item)
  const withScratch = async (keys: readonly Key[], items: Promise<Item[] | undefined>) => {
    const found = new Map((await items)?.map((item) => [keyText(keyOf(item)), item]))
    for (const key of keys) {
      const item = inScratch(key)
      if (item) found.set(keyText(key), item)
    }
    return [...found.values()]
  }
  const get = async (key: Key) => inScratch(key) ?? table.get(key)

  async function query(search: Search): Promise<Item[]> {
    if (search.IndexName !== undefined) return never()
    const below: Item[] = []
    for await (const page of table.pagesOf(search)) {
      below.push(...page)
      if (search.Limit !== undefined) break
    }
    const { ':id': id, ':first': first, ':last': last } = search.ExpressionAttributeValues ?? {}
    const above = scratch.under(id?.S ?? '').filter((item) => isWithin(keyOf(item).start, first?.S, last?.S))
    const all = [...new Map([...below, ...above].map((item) => [keyOf(item).start, item])).entries()].toSorted(([a], [b]) => (a < b ? -1 : 1))
    const inOrder = search.ScanIndexForward === false ? all.toReversed() : all
    return inOrder.slice(0, search.Limit).map(([, item]) => item)
  }

  async function transact(writes: Parameters<Requests['transact']>[0]): Promise<void> {
    const edits = writes.map((write) => editOf(write('')))
    // What is read now is of the table, which nobody changes here; what is in the scratch is looked at in one go.
    const below = new Map(await Promise.all(edits.map(async ({ key }) => [keyText(key), await table.get(key)] as const)))
    const now = ({ key }: ItemEdit) => inScratch(key) ?? below.get(keyText(key))
    if (!edits.every((edit) => conditionHolds(edit, now(edit)))) throw new ConditionFailed()
    for (const edit of edits) if (edit.apply) put(edit.key, edit.apply(now(edit)))
  }

  return {
    ...table,
    get,
    query,
    async *pagesOf(search) {
      yield await query(search)
    },
    getAll: (keys, only) => withScratch(keys, table.getAll(keys, only)),
    getSettled: (keys) => withScratch(keys, table.getSettled(keys)),
    async update(key, update) {
      const before = await get(key)
      if (conditionHolds(update, before)) put(key, applyUpdate(update, key)(before))
    },
    transact,
    writeAll: never,
    remove: never,
    close() {
      scratch.close()
      table.close()
    },
  }
}

const keyOf = ({ event_id, start }: Item): Key => ({ event_id: event_id?.S ?? '', start: start?.S ?? '' })

const isWithin = (start: string, first: string | undefined, last: string | undefined) =>
  (first === undefined || start >= first) && (last === undefined || start <= last)

/** As DynamoDB says that a condition does not hold. */
class ConditionFailed extends Error {
  override readonly name = 'TransactionCanceledException'
  readonly CancellationReasons = [{ Code: 'ConditionalCheckFailed' }]
  readonly $metadata = { attempts: 1 }
}

interface ItemEdit extends Expression {
  readonly key: Key
  /** Undefined where it is only a condition. */
  readonly apply?: (before: Item | undefined) => Item
}

function editOf({ Put: put, Update: update, ConditionCheck: check, Delete: removed }: TransactWriteItem): ItemEdit {
  if (put?.Item) {
    const { Item: item, ...expression } = put
    return { ...expression, key: keyOf(item), apply: () => item }
  }
  if (update?.Key) return { ...update, key: keyOf(update.Key), apply: applyUpdate(update, keyOf(update.Key)) }
  if (check?.Key && !removed) return { ...check, key: keyOf(check.Key) }
  throw new Error('An import makes no such write, so that it cannot be rehearsed.')
}

/** `SET #a = :a, #b = :b`: we write no other. */
const applyUpdate = ({ UpdateExpression: said = '', ...expression }: Expression & { readonly UpdateExpression?: string | undefined }, { event_id, start }: Key) =>
  (before: Item | undefined): Item => {
    const after: Item = { ...before, event_id: { S: event_id }, start: { S: start } }
    for (const one of said.replace(/^SET /, '').split(', ')) {
      const [, name = '', value = ''] = /^(#\w+) = (:\w+)$/.exec(one) ?? []
      after[nameIn(expression, name)] = valueIn(expression, value)
    }
    return after
  }

/** `attribute_exists(a)`, `attribute_not_exists(a)` and `a = :b`, all of which must hold: we write no others. */
function conditionHolds(expression: Expression, item: Item | undefined): boolean {
  const conditions = expression.ConditionExpression?.split(' AND ') ?? []
  return conditions.every((one) => {
    const [, not, name] = /^attribute_(not_)?exists\((.+)\)$/.exec(one) ?? []
    if (name !== undefined) return (item?.[nameIn(expression, name)] === undefined) === (not !== undefined)
    const [, attribute = '', value = ''] = /^(#?\w+) = (:\w+)$/.exec(one) ?? []
    return JSON.stringify(item?.[nameIn(expression, attribute)]) === JSON.stringify(valueIn(expression, value))
  })
}

const nameIn = ({ ExpressionAttributeNames: names }: Expression, name: string): string => {
  const attribute = name.startsWith('#') ? names?.[name] : name
  if (!attribute) throw new Error(`No expression that can be rehearsed: ${name}`)
  return attribute
}

const valueIn = ({ ExpressionAttributeValues: values }: Expression, name: string): AttributeValue => {
  const value = values?.[name]
  if (!value) throw new Error(`No expression that can be rehearsed: ${name}`)
  return value
}
