import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Json, Reservation, ReservationId, Revision, Stored, Via } from '../../domain/reservation.ts'
import type { RowCodec } from '../port.ts'
import { attributesOf, isStorableValue, isStorableKey, type Item, plainOf } from './attributes.ts'
import { idOfHistory, isReservedKey, type Key, revisionKey } from './items.ts'

/** A reservation as it stands, with the sort key of its row: of the original's rows not always a start as we write it. */
export interface Row extends Stored {
  readonly key: string
  /** What the row says its revision is, as it says it; undefined where it says nothing. */
  readonly rawRevision: AttributeValue | undefined
  /** The keys of rows that name the same id and the same instant in other ways: they are passed over, and go with it. */
  readonly duplicateKeys: readonly string[]
}

/** The attributes of a row that are ours: texts, since the original's code gives out whatever a row holds. */
export const REVISION = '_revision'
/** JSON of the extra fields that DynamoDB would not give back as they are. */
export const EXTRA_FIELDS = '_extra'

/** The row as the port knows it. */
export const storedOf = ({ reservation, revision }: Row): Stored => ({ reservation, revision })

export const rowKey = ({ reservation, key }: Row): Key => ({ event_id: reservation.id, start: key })

/** A row as the original's code can read it, under the start as we write it. */
export function rowItem(reservation: Reservation, revision: number, codec: RowCodec): Item {
  const fields = Object.entries(codec.row(reservation))
  const stored = Object.fromEntries(fields.filter(isStorable))
  const rest = fields.filter((field) => !isStorable(field))
  const extra = rest.length > 0 ? { [EXTRA_FIELDS]: JSON.stringify(Object.fromEntries(rest)) } : {}
  return attributesOf({ ...stored, ...extra, [REVISION]: String(revision) })
}

const isStorable = ([field, value]: [string, Json]) => field !== REVISION && field !== EXTRA_FIELDS && isStorableKey(field) && isStorableValue(value)

/** What reads rows, and tells once of each that it cannot read. */
export function rowReader(codec: RowCodec, report: (message: string, details: object) => void) {
  const reported = new Set<string>()
  const notify = (id: string, start: string) => {
    const key = `${id} ${start}`
    if (reported.has(key) || reported.size > 1000) return
    reported.add(key)
    report('skipped an unreadable row', { event_id: id, start })
  }

  /** The row an item is; undefined for what is none, or cannot be read. */
  function rowOf(item: Item): Row | undefined {
    const { [REVISION]: revision, [EXTRA_FIELDS]: rest, ...fields } = plainOf(item)
    const [id, key] = [String(fields['event_id']), String(fields['start'])]
    if (isReservedKey(id)) return undefined
    const reservation = codec.read({ ...fields, ...restOf(rest) })
    if (reservation) return { reservation, revision: numberOf(revision), key, rawRevision: item[REVISION], duplicateKeys: [] }
    notify(id, key)
    return undefined
  }

  /** Of rows under one id whose starts name the same instant in two ways, only the first counts. */
  return (items: readonly Item[]): Row[] => {
    const rows = new Map<string, Row>()
    for (const item of items) {
      const row = rowOf(item)
      if (!row) continue
      const known = rows.get(rowIdentity(row))
      rows.set(rowIdentity(row), known && known.key !== row.key ? mergeDuplicates(known, row) : row)
      if (known && known.key !== row.key) notify(row.reservation.id, row.key < known.key ? known.key : row.key)
    }
    return [...rows.values()]
  }
}

function mergeDuplicates(a: Row, b: Row): Row {
  const [first, other] = a.key < b.key ? [a, b] : [b, a]
  return { ...first, duplicateKeys: [...first.duplicateKeys, other.key, ...other.duplicateKeys] }
}

/** The original keeps whatever clients send it, so that our attributes may come back as anything. */
const numberOf = (revision: unknown): number => (typeof revision === 'string' && /^\d{1,9}$/.test(revision) ? Number(revision) : 0)

function restOf(rest: unknown): object {
  try {
    const fields: unknown = typeof rest === 'string' ? JSON.parse(rest) : undefined
    return typeof fields === 'object' && fields !== null && !Array.isArray(fields) ? fields : {}
  } catch {
    return {}
  }
}

export type RowReader = ReturnType<typeof rowReader>

/** What tells reservations apart: an id, and (the original allowed two) its start. */
export const rowIdentity = ({ reservation: { id, start } }: Stored): string => `${id}\n${start}`

export const byStart = (a: Stored, b: Stored): number =>
  a.reservation.start - b.reservation.start || (a.reservation.id < b.reservation.id ? -1 : 1)

/** A revision, and the change that made it. */
export interface StoredRevision extends Revision {
  /** The size of the largest that its reservation had been up to then; undefined where a revision before it does not say it. */
  readonly largestSize: number | undefined
  readonly token: string
}

export function revisionItem(revision: StoredRevision, codec: RowCodec): Item {
  const { id, number, at, by, via, overlapping, token } = revision
  const [before, after] = [revision.before, revision.after].map((one) => (one ? codec.encode(one) : ''))
  const sizes = [before, after].map((text) => Buffer.byteLength(text ?? ''))
  return attributesOf({
    ...keyFields(revisionKey(id, number)),
    made: at,
    by,
    via,
    across: [...overlapping],
    token,
    ...(revision.largestSize !== undefined && { largest: Math.max(revision.largestSize, ...sizes) }),
    ...(before && { before }),
    ...(after && { after }),
  })
}

export function storedRevisionOf(item: Item, codec: RowCodec): StoredRevision {
  const { event_id, start, made: created, by, via, before, after, across: overlapping, largest: largestSize, token } = plainOf(item) as Record<string, string> & {
    made: number
    across: ReservationId[]
    largest: number | undefined
  }
  return {
    id: idOfHistory(event_id ?? '') ?? '',
    number: Number(start),
    at: created,
    by: by ?? '',
    via: via as Via,
    before: before === undefined ? undefined : codec.decode(before),
    after: after === undefined ? undefined : codec.decode(after),
    overlapping,
    largestSize,
    token: token ?? '',
  }
}

/** A revision as the port tells of it. */
export const revisionOf = ({ id, number, at, by, via, before, after, overlapping }: StoredRevision): Revision => ({ id, number, at, by, via, before, after, overlapping })

const keyFields = ({ event_id, start }: Key) => ({ event_id, start })
