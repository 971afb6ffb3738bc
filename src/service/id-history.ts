import { type Lineage, extendLineages } from '../domain/lineage.ts'
import type { ReservationId, Revision } from '../domain/reservation.ts'
import type { Snapshot, Store } from '../store/port.ts'

/** What an id had gone through up to its revision `upTo`. */
export interface IdHistory {
  readonly upTo: number
  readonly lineages: readonly Lineage[]
}

/** Every revision of an id above `after`, oldest first. Read in pieces: a history may be long. */
export async function* revisionsOf(id: ReservationId, store: Pick<Store, 'history'>, after = 0): AsyncGenerator<Revision> {
  for (let chunk; (chunk = await store.history(id, { after })).length > 0; after = chunk.at(-1)?.number ?? after) yield* chunk
}

/** Reads all there is beforehand; `see` is shown each revision on the way. */
export async function readIdHistory(id: ReservationId, store: Pick<Store, 'history'>, onRevision: (revision: Revision) => void = () => undefined): Promise<IdHistory> {
  const lineages: Lineage[] = []
  let upTo = 0
  for await (const revision of revisionsOf(id, store)) {
    onRevision(revision)
    extendLineages(lineages, revision)
    upTo = revision.number
  }
  return { upTo, lineages }
}

/**
 * What an id has gone through up to now, as a change sees it: what was read beforehand, and the little that has come
 * since. Undefined where that is not little, so that it has to be read beforehand again.
 */
export function updateIdHistory(id: ReservationId, known: IdHistory, snapshot: Snapshot): IdHistory | undefined {
  const newer = snapshot.history(id, { after: known.upTo })
  const upTo = newer.at(-1)?.number ?? known.upTo
  if (upTo + 1 !== snapshot.nextRevision(id)) return undefined
  if (newer.length === 0) return known
  const lineages = known.lineages.map((lineage) => ({ ...lineage, revisions: new Set(lineage.revisions), starts: new Set(lineage.starts) }))
  for (const revision of newer) extendLineages(lineages, revision)
  return { upTo, lineages }
}
