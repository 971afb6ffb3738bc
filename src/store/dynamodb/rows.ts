import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Instant } from '../../domain/interval.ts'
import type { Json, Reservation, Stored } from '../../domain/reservation.ts'
import type { RowCodec } from '../port.ts'
import { attributesOf } from '../../wire/dynamo-json.ts'
import { isReservedId, type Item, type Key, plainOf } from './items.ts'

/** A reservation as its row holds it. */
export interface Row extends Stored {
  /** The sort key. In rows of the original it is not always a start as we write it. */
  readonly key: string
  /** The attribute that holds the revision, as stored; undefined if there is none. */
  readonly rawRevision: AttributeValue | undefined
  /** Where it was before it was ever moved; its start by default. */
  readonly firstStart?: Instant | undefined
  /** The keys of other rows with the same id and the same instant, written otherwise: they are ignored, and deleted with it. */
  readonly duplicateKeys: readonly string[]
}

/** Our attributes of a row. All are texts, since the original returns every attribute to its clients. */
export const REVISION = '_revision'
/** The first start of a row that has moved, in seconds. */
const FIRST_START = '_first_start'
/** JSON of the extra fields that DynamoDB would not return unchanged. */
export const EXTRA_FIELDS = '_extra'

export const storedOf = ({ reservation, revision }: Row): Stored => ({ reservation, revision })

export const firstStartOf = ({ firstStart, reservation }: Row): Instant => firstStart ?? reservation.start

export const rowKey = ({ reservation, key }: Row): Key => ({ event_id: reservation.id, start: key })

/** What identifies a reservation: its id, and its start, since the original allowed an id at several starts. */
export const rowIdentity = ({
  reservation: { id, start },
}: {
  reservation: Pick<Reservation, 'id' | 'start'>
}): string => `${id}\n${start}`

export const byStart = (a: Stored, b: Stored): number =>
  a.reservation.start - b.reservation.start || (a.reservation.id < b.reservation.id ? -1 : 1)

/** The row that a change writes. */
export const newRow = (reservation: Reservation, revision: number, codec: RowCodec, firstStart?: Instant): Row => ({
  reservation,
  revision,
  firstStart,
  key: codec.time(reservation.start),
  rawRevision: undefined,
  duplicateKeys: [],
})

/** Adds a row, unless there is another with a lower key under the same name. */
export function keepFirst<T extends { readonly key: string }>(name: string, row: T, rows: Map<string, T>): void {
  const known = rows.get(name)
  if (!known || row.key < known.key) rows.set(name, row)
}

/** A row that the original can read. */
export function rowItem(
  { reservation, revision, firstStart }: Pick<Row, 'reservation' | 'revision' | 'firstStart'>,
  codec: RowCodec,
): Item {
  const fields = Object.entries(codec.row(reservation))
  const extra = fields.filter((field) => !isStorable(field))
  return attributesOf({
    ...Object.fromEntries(fields.filter(isStorable)),
    ...(extra.length > 0 && { [EXTRA_FIELDS]: JSON.stringify(Object.fromEntries(extra)) }),
    [REVISION]: String(revision),
    ...(firstStart !== undefined && firstStart !== reservation.start && { [FIRST_START]: String(firstStart) }),
  })
}

const OURS = new Set([REVISION, EXTRA_FIELDS, FIRST_START])

const isStorable = ([field, value]: [string, Json]) =>
  !OURS.has(field) && isStorableKey(field) && isStorableValue(value)

const MAX_DEPTH = 30
const MAX_NUMBER = 1e125
const MIN_NUMBER = 1e-130

/**
 * Whether DynamoDB and its client return a value unchanged: DynamoDB's range of numbers is smaller than JSON's, keys are
 * not empty, texts are well-formed, and `__proto__` is not a key.
 */
function isStorableValue(value: Json, depth = 1): boolean {
  if (typeof value === 'number') return value === 0 || (Math.abs(value) >= MIN_NUMBER && Math.abs(value) < MAX_NUMBER)
  if (typeof value === 'string') return value.isWellFormed()
  if (value === null || typeof value !== 'object') return true
  if (depth === MAX_DEPTH) return false
  if (Array.isArray(value)) return (value as readonly Json[]).every((one) => isStorableValue(one, depth + 1))
  return Object.entries(value).every(([key, inner]) => isStorableKey(key) && isStorableValue(inner, depth + 1))
}

const isStorableKey = (key: string): boolean => key !== '' && key !== '__proto__' && key.isWellFormed()

const MAX_REPORTED = 1000

export type RowReader = (items: readonly Item[]) => Row[]

/** Reads the rows among items. Each that it cannot read is reported once. */
export function rowReader(codec: RowCodec, report: (message: string, details: object) => void): RowReader {
  const reported = new Set<string>()
  function reportSkipped(event_id: string, start: string): void {
    const key = `${event_id} ${start}`
    if (reported.has(key) || reported.size > MAX_REPORTED) return
    reported.add(key)
    report('skipped an unreadable row', { event_id, start })
  }

  function rowOf(item: Item): Row | undefined {
    const { [REVISION]: revision, [EXTRA_FIELDS]: extra, [FIRST_START]: first, ...fields } = plainOf(item)
    const [id, key] = [String(fields['event_id']), String(fields['start'])]
    if (isReservedId(id)) return undefined
    const number = numberOf(revision)
    const reservation = codec.read({ ...fields, ...extraFieldsOf(extra) }, number > 0)
    const firstStart = number > 0 && typeof first === 'string' && /^-?\d{1,12}$/.test(first) ? Number(first) : undefined
    if (reservation)
      return { reservation, revision: number, key, rawRevision: item[REVISION], firstStart, duplicateKeys: [] }
    reportSkipped(id, key)
    return undefined
  }

  /** The row of an instant: the first by its key, if it is written in several ways. */
  function firstOf(rows: readonly Row[]): Row {
    const byKey = new Map(rows.map((row) => [row.key, row]))
    const [first, ...others] = [...byKey.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1))
    for (const { reservation, key } of others) reportSkipped(reservation.id, key)
    return { ...first!, duplicateKeys: others.map(({ key }) => key) }
  }

  return (items) => {
    const rows = Map.groupBy(
      items.flatMap((item) => rowOf(item) ?? []),
      rowIdentity,
    )
    return [...rows.values()].map((same) => (same.length === 1 ? same[0]! : firstOf(same)))
  }
}

/** Clients of the original may have sent anything as our attributes. */
const numberOf = (revision: unknown): number =>
  typeof revision === 'string' && /^\d{1,9}$/.test(revision) ? Number(revision) : 0

function extraFieldsOf(extra: unknown): object {
  try {
    const fields: unknown = typeof extra === 'string' ? JSON.parse(extra) : undefined
    return typeof fields === 'object' && fields !== null && !Array.isArray(fields) ? fields : {}
  } catch {
    return {}
  }
}
