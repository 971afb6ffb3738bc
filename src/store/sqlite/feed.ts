import type { Codec, Feed, Position, Told } from '../store.ts'
import { revisionOf } from './rows.ts'
import type { RevisionRow, Statements } from './statements.ts'

interface PositionRow {
  readonly sequence: number
  readonly mark: string
}

/** Without a revision where the feed is broken. */
type FeedRow = PositionRow & { readonly [column in keyof RevisionRow]: RevisionRow[column] | null }

export const feedOf = (say: Statements, read: <T>(question: () => T) => Promise<T>, codec: Codec): Feed => ({
  last: () => read(() => positionOf(say.lastTold.get() as PositionRow)),
  place: (id) => read(() => toldFrom(id, 0, say)?.place),
  since: (id, limit) => read(() => toldAfter(id, limit, say, codec)),
})

const positionOf = ({ sequence, mark }: PositionRow): Position => ({ sequence, id: `${sequence}-${mark}` })

function toldAfter(id: string, limit: number, say: Statements, codec: Codec): Told[] | undefined {
  const { rows } = toldFrom(id, limit, say) ?? {}
  if (!rows?.every(isRevision)) return undefined
  return rows.map((row) => ({ ...positionOf(row), revision: revisionOf(row, codec) }))
}

/** The place itself, and what comes after it; undefined where it is none. */
function toldFrom(id: string, limit: number, say: Statements) {
  const [, sequence] = /^([1-9]\d{0,14})-[0-9a-f]{8}$/.exec(id) ?? []
  if (sequence === undefined) return undefined
  const [first, ...rows] = say.told.all(Number(sequence), limit + 1) as FeedRow[]
  const place = first && positionOf(first)
  return place?.id === id ? { place, rows } : undefined
}

const isRevision = (row: FeedRow): row is PositionRow & RevisionRow => row.number !== null
