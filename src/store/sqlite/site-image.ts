import { firstIndex } from '../../domain/first-index.ts'
import type { Instant, Interval } from '../../domain/interval.ts'
import { toWritten, type Written } from '../../json-bytes.ts'
import { compareIds } from '../long-lists.ts'
import { outlineOf } from '../outline.ts'
import type { Outline } from '../port.ts'

/** A row as SQLite reads it for an image: without its texts, but with their lengths in bytes. */
export interface MeasuredRow extends Outline {
  readonly revision: number
  readonly firstStart?: number | null
  readonly docLength: number
  readonly maskedLength: number
}

/** The texts of all rows of an image, joined with commas, unmasked and masked. Null if there is none. */
export interface JoinedTexts {
  readonly docs: Buffer | null
  readonly masked: Buffer | null
}

/** A row as a change writes it. `masked` is null if it equals `doc`. */
export interface WrittenRow extends Outline {
  readonly revision: number
  readonly firstStart?: number | null
  readonly doc: string
  readonly masked: string | null
}

/** A row in memory: its texts are bytes, unmasked and masked. */
export interface ImageRow extends Outline {
  readonly revision: number
  /** Null if it is the start. */
  readonly firstStart: number | null
  readonly doc: Written
  readonly masked: Written
}

/** What a row takes in memory besides its texts, in bytes. */
const ROW_COST = 400
/** What an image takes without rows, in bytes. */
const IMAGE_COST = 1000

/** The rows of one site that overlap an interval, sorted by start, then id. */
export class SiteImage {
  readonly during: Interval
  private rows: ImageRow[]
  /** For each row the latest end of it and of all rows before it, which never decreases. Undefined after a change. */
  private latestEnds: Float64Array | undefined
  private size: number

  /** @param stored all rows that overlap `during`, sorted */
  constructor(during: Interval, stored: readonly MeasuredRow[], texts: JoinedTexts) {
    this.during = during
    const [doc, masked] = [partsOf(texts.docs), partsOf(texts.masked)]
    this.rows = stored.map((row) => imageRow(row, doc(row.docLength), masked(row.maskedLength)))
    this.size = this.rows.reduce((sum, row) => sum + sizeOf(row), IMAGE_COST)
  }

  /** The memory it takes, in bytes. Includes the texts of rows that were removed, which share memory with others. */
  get bytes(): number {
    return this.size
  }

  /** The rows that overlap an interval within `during`. */
  overlapping({ start, end }: Interval): ImageRow[] {
    this.latestEnds ??= latestEndsOf(this.rows)
    const first = firstIndex(this.latestEnds.length, (n) => (this.latestEnds?.[n] as number) > start)
    const last = firstIndex(this.rows.length, (n) => this.startAt(n) >= end)
    const rows = this.rows.slice(first, last)
    const isLeft = (row: ImageRow) => row.end > start
    // One that has ended follows a longer one that has not: seldom.
    return rows.every(isLeft) ? rows : rows.filter(isLeft)
  }

  /** Removes the row of an id and a start, if it is here. */
  remove({ id, start }: Pick<Outline, 'id' | 'start'>): void {
    const first = firstIndex(this.rows.length, (n) => this.startAt(n) >= start)
    for (let n = first; this.startAt(n) === start; n += 1) {
      if (this.rows[n]?.id !== id) continue
      this.rows.splice(n, 1)
      this.latestEnds = undefined
      return
    }
  }

  /** Adds a row if it overlaps `during`; replaces that of its id and start. */
  put(row: WrittenRow): void {
    this.remove(row)
    if (row.start >= this.during.end || row.end <= this.during.start) return
    const added = imageRow(row, toWritten(row.doc), toWritten(row.masked ?? row.doc))
    this.rows.splice(
      firstIndex(this.rows.length, (n) => byStart(this.rows[n] as ImageRow, row) > 0),
      0,
      added,
    )
    this.size += sizeOf(added)
    this.latestEnds = undefined
  }

  private startAt(n: number): Instant {
    return this.rows[n]?.start ?? Infinity
  }
}

/** The order of lists: by start, then id. */
export const byStart = (a: Outline, b: Outline): number => a.start - b.start || compareIds(a.id, b.id)

const imageRow = (row: Omit<MeasuredRow, 'docLength' | 'maskedLength'>, doc: Written, masked: Written): ImageRow => ({
  ...outlineOf(row),
  revision: row.revision,
  firstStart: row.firstStart ?? null,
  doc,
  masked,
})

const sizeOf = ({ doc, masked }: ImageRow) => doc.to - doc.from + masked.to - masked.from + ROW_COST

/** Returns one joined text after the other, given its length. They stay neighbours, so that they are copied together. */
function partsOf(joined: Buffer | null): (length: number) => Written {
  const slab = joined ?? Buffer.alloc(0)
  let next = 0
  return (length) => {
    const from = next
    next += length + 1
    return { slab, from, to: from + length }
  }
}

function latestEndsOf(rows: readonly ImageRow[]): Float64Array {
  let latest = -Infinity
  return Float64Array.from(rows, ({ end }) => (latest = Math.max(latest, end)))
}
