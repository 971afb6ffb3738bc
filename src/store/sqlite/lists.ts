import type { Eyes } from '../../domain/access.ts'
import { jsonArray, writer } from '../../json-bytes.ts'
import { nextTurn, PIECE, pieceOf } from '../../pace.ts'
import { LARGEST_DECODED, LARGEST_LIST, type Listed, LONG, sorted, tooLarge } from '../long-lists.ts'
import type { Codec, Outline, Query, Store } from '../store.ts'
import { type Key, type ListStatements, longestOf, MOST_MEASURED, MOST_OF_OBSERVER, type Row } from './list-statements.ts'
import { listedOf } from './rows.ts'
import type { Soundness } from './soundness.ts'
import type { Snapshots } from './snapshots.ts'

/** So many rows are made objects in one turn of the event loop. */
const MOST_OBJECTS = 5000
/** What it takes to look at a row, as if it were so many bytes. */
const A_ROW = 300
/** So many ids at a time. */
const IDS = 1000

type Read = <T>(question: () => T) => Promise<T>

/**
 * Lists. A usual one is had at once, by one statement. A longer one is gone through in pieces, in a snapshot, by few at
 * a time.
 */
export function listsOf(say: ListStatements, { snapshots, glances }: { readonly snapshots: Snapshots; readonly glances: Snapshots }, read: Read, codec: Codec, soundness: Soundness): Pick<Store, 'list' | 'listBytes' | 'outlines' | 'planned'> {
  /** What a long list is made of, in its order. */
  async function gathered<T>(query: Query, seen: Seen | undefined, most: number, valuesOf: (row: TextRow) => readonly T[]): Promise<T[]> {
    const snapshot = await snapshots.open()
    const listed: Listed<T>[] = []
    try {
      let bytes = 0
      for await (const piece of inTurns(textsThrough(query, seen, snapshot.say), read)) {
        for (const row of piece) {
          if ((bytes += Buffer.byteLength(row.text)) > most) throw tooLarge(most)
          for (const value of valuesOf(row)) listed.push({ at: 'sites' in query ? row.start : row.end, id: row.id, value })
        }
      }
    } finally {
      snapshot.close()
    }
    return (await sorted(listed)).map(({ value }) => value)
  }

  async function* outlinesThrough(query: SiteQuery): AsyncGenerator<Outline[]> {
    const snapshot = await glances.open()
    try {
      const rowsFrom = (range: object) => snapshot.say.inClassOutlines.iterate(range) as Iterable<Outline & Key>
      yield* inTurns(throughClasses(query, snapshot.say, rowsFrom, () => 0), read)
    } finally {
      snapshot.close()
    }
  }

  return {
    async list(query, valueOf) {
      const asked = askedOf(query)
      const valuesOf = (row: Row) => listedOf(row, codec).map(valueOf)
      const atOnce = await read(() => (isSmall(asked, MOST_OBJECTS, PIECE, say) ? rowsAtOnce(asked, say).flatMap(valuesOf) : undefined))
      return atOnce ?? gathered(query, undefined, LARGEST_DECODED, (row) => valuesOf({ ...row, doc: row.text }))
    },
    async listBytes(query, eyes, most = LARGEST_LIST) {
      const seen = seenBy(eyes)
      const asked = { ...askedOf(query), ...seen }
      const atOnce = await read(() => (isSmall(asked, MOST_MEASURED, Math.min(most, LONG), say) ? soundBytes(asked) : undefined))
      if (atOnce && atOnce.length <= most) return atOnce
      if (most < LONG) throw tooLarge(most)
      const write = writer()
      // It goes through this thread in pieces, so that each text can be looked at.
      return jsonArray(await gathered(query, seen, Math.min(most, LARGEST_LIST), (row) => (isReadable(row) ? [write(row.text)] : [])))
    },
    async *outlines({ site, during }) {
      const query = { sites: [site], during }
      const atOnce = await read(() => ((say.countAround.get(placesOf(query)) as number) < MOST_OBJECTS ? (say.overlappingOutlines.all(placesOf(query)) as Outline[]) : undefined))
      if (atOnce) yield atOnce
      else yield* outlinesThrough(query)
    },
    async *planned({ site, startingAfter, endingAfter }) {
      for (let last: Planned | undefined = { start: startingAfter + 1, id: '', end: 0 }; last; ) {
        const rows: Planned[] = await read(plannedAfter(site, last))
        yield rows.filter(({ end }) => end > endingAfter).map(({ id }) => id)
        last = rows.at(-1)
        await nextTurn()
      }
    },
  }

  /** Where others have written since all texts were looked over, they are looked at after all. */
  function soundBytes(asked: Asked & Seen): Uint8Array<ArrayBuffer> {
    const quick = soundness.isAssumed() ? bytesAtOnce(asked, 1, say) : undefined
    return quick && soundness.isKnown() ? quick : bytesAtOnce(asked, 0, say)
  }

  function plannedAfter(site: string, { start, id }: Planned) {
    return () => pieceOf(say.planned.iterate({ site, start, id }) as Iterable<Planned>, () => 0, IDS)
  }
}

type Planned = Pick<Key, 'start' | 'end' | 'id'>

type SiteQuery = Extract<Query, { readonly sites: unknown }>

export const placesOf = ({ sites, during: { start, end } }: SiteQuery) => ({ sites: JSON.stringify([...new Set(sites)]), start, end })

/** A query as statements have it. */
type Asked = ReturnType<typeof placesOf> | Exclude<Query, SiteQuery>

const askedOf = (query: Query): Asked => ('sites' in query ? placesOf(query) : query)

/** However few they are, they may be large. */
function isSmall(asked: Asked, mostRows: number, mostBytes: number, say: ListStatements): boolean {
  const isAtSites = 'sites' in asked
  const [rows, bytes] = (isAtSites ? say.sizeOfOverlapping : say.sizeOfObserver).get(asked) as [number, number]
  return rows < (isAtSites ? mostRows : MOST_OF_OBSERVER) && bytes <= mostBytes
}

const rowsAtOnce = (asked: Asked, say: ListStatements) => ('sites' in asked ? say.overlapping : say.ofObserver).all(asked) as Row[]

/** Whose events are seen whole: everybody's, one observer's, or nobody's. */
type Seen = ReturnType<typeof seenBy>
const seenBy = (eyes: Eyes) => ({ whole: eyes.sees === 'everything' ? 1 : 0, eyes: eyes.sees === 'own' ? (eyes.observer ?? null) : null })

const bytesAtOnce = (asked: Asked & Seen, sure: 0 | 1, say: ListStatements) =>
  ('sites' in asked ? say.overlappingBytes : say.ofObserverBytes).get({ ...asked, sure }) as Uint8Array<ArrayBuffer>

/** Whether a text is the event that its row says. */
function isReadable({ id, text }: TextRow): boolean {
  try {
    return (JSON.parse(text) as { event_id?: unknown } | null)?.event_id === id
  } catch {
    return false
  }
}

/** A row with its text. */
export interface TextRow extends Key {
  readonly text: string
  readonly revision: number
  /** Of what is at a site. */
  readonly observer?: string
  readonly kind?: string
}

/** Each piece in a turn of the event loop of its own. */
export async function* inTurns<T>(pieces: Iterator<T, void>, read: Read): AsyncGenerator<T> {
  for (;;) {
    await nextTurn()
    const next = await read(() => pieces.next())
    if (next.done) return
    yield next.value
  }
}

/** All rows of a query, in pieces, in the order of an index: as they are kept, or as `seen`. */
export function textsThrough(query: Query, seen: Seen | undefined, say: ListStatements): Generator<TextRow[], void> {
  const sizeOf = ({ text }: TextRow) => text.length
  const given = { ...query, ...seen }
  if ('sites' in query) return throughClasses(query, say, (range) => (seen ? say.inClassSeen : say.inClass).iterate({ ...given, ...range }) as Iterable<TextRow>, sizeOf)
  return throughObserver(query, (key) => (seen ? say.onFromSeen : say.onFrom).iterate({ ...given, ...key }) as Iterable<TextRow>, sizeOf)
}

/** Between two pieces no statement is open, so that others may use the connection. */
function* throughClasses<R extends Key>(query: SiteQuery, say: ListStatements, rowsFrom: (range: object) => Iterable<R>, sizeOf: (row: R) => number): Generator<R[], void> {
  const { start: from, end: before } = query.during
  let [piece, spent]: [R[], number] = [[], 0]
  for (const { site, k } of say.classesAt.all(placesOf(query)) as Pick<Key, 'site' | 'k'>[]) {
    let key: Pick<Key, 'start' | 'id'> | undefined = { start: from - longestOf(k) + 1, id: '' }
    while (key) {
      const rows = rowsFrom({ site, k, from, before, start: key.start, id: key.id })
      key = undefined
      for (const row of rows) {
        spent += A_ROW
        if (row.end > from) {
          piece.push(row)
          spent += sizeOf(row)
        }
        if (spent < PIECE) continue
        key = row
        break
      }
      if (spent < PIECE) continue
      yield piece
      ;[piece, spent] = [[], 0]
    }
  }
  yield piece
}

function* throughObserver<R extends Key>(query: Exclude<Query, SiteQuery>, rowsFrom: (key: Key) => Iterable<R>, sizeOf: (row: R) => number): Generator<R[], void> {
  let key: Key | undefined = { end: query.endingFrom, site: '', k: 0, start: 0, id: '' }
  while (key) {
    let [piece, spent]: [R[], number] = [[], 0]
    const { end, site, k, start, id }: Key = key
    key = undefined
    for (const row of rowsFrom({ end, site, k, start, id })) {
      piece.push(row)
      spent += A_ROW + sizeOf(row)
      if (spent < PIECE) continue
      key = row
      break
    }
    yield piece
  }
}
