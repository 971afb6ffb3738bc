import { type Life, liveOn } from '../domain/lineage.ts'
import type { ReservationId, Revision } from '../domain/reservation.ts'
import type { Standing, Store } from '../store/store.ts'

/** What an id had gone through up to its revision `upTo`. */
export interface Past {
  readonly upTo: number
  readonly lives: readonly Life[]
}

/** Every revision of an id above `after`, oldest first. Read in pieces: a history may be long. */
export async function* revisionsOf(id: ReservationId, store: Pick<Store, 'history'>, after = 0): AsyncGenerator<Revision> {
  for (let piece; (piece = await store.history(id, { after })).length > 0; after = piece.at(-1)?.number ?? after) yield* piece
}

/** Reads all there is beforehand; `see` is shown each revision on the way. */
export async function readPast(id: ReservationId, store: Pick<Store, 'history'>, see: (revision: Revision) => void = () => undefined): Promise<Past> {
  const lives: Life[] = []
  let upTo = 0
  for await (const revision of revisionsOf(id, store)) {
    see(revision)
    liveOn(lives, revision)
    upTo = revision.number
  }
  return { upTo, lives }
}

/**
 * What an id has gone through up to now, as a change sees it: what was read beforehand, and the little that has come
 * since. Undefined where that is not little, so that it has to be read beforehand again.
 */
export function pastNow(id: ReservationId, known: Past, standing: Standing): Past | undefined {
  const since = standing.history(id, { after: known.upTo })
  const upTo = since.at(-1)?.number ?? known.upTo
  if (upTo + 1 !== standing.nextRevision(id)) return undefined
  if (since.length === 0) return known
  const lives = known.lives.map((life) => ({ ...life, revisions: new Set(life.revisions), starts: new Set(life.starts) }))
  for (const revision of since) liveOn(lives, revision)
  return { upTo, lives }
}
