import { type Lineage, extendLineages } from '../domain/lineage.ts'
import type { ReservationId, Revision } from '../domain/reservation.ts'
import type { Snapshot, Store } from '../store/port.ts'

/** The lineages of an id up to its revision `upTo`. */
export interface IdHistory {
  readonly upTo: number
  readonly lineages: readonly Lineage[]
}

/** All revisions of an id above number `after`, oldest first, read in chunks. */
export async function* revisionsOf(
  id: ReservationId,
  store: Pick<Store, 'history'>,
  after = 0,
): AsyncGenerator<Revision> {
  for (let chunk; (chunk = await store.history(id, { after })).length > 0; after = chunk.at(-1)?.number ?? after)
    yield* chunk
}

/** Reads the whole history of an id, before a change. `onRevision` is called with each revision. */
export async function readIdHistory(
  id: ReservationId,
  store: Pick<Store, 'history'>,
  onRevision: (revision: Revision) => void = () => undefined,
): Promise<IdHistory> {
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
 * Adds the revisions that were committed since `known` was read, as a change sees them. Undefined if they do not fit into
 * one chunk: then read the whole history again.
 */
export function updateIdHistory(id: ReservationId, known: IdHistory, snapshot: Snapshot): IdHistory | undefined {
  const newer = snapshot.history(id, { after: known.upTo })
  const upTo = newer.at(-1)?.number ?? known.upTo
  if (upTo + 1 !== snapshot.nextRevision(id)) return undefined
  if (newer.length === 0) return known
  const lineages = known.lineages.map((lineage) => ({
    ...lineage,
    revisions: new Set(lineage.revisions),
    starts: new Set(lineage.starts),
  }))
  for (const revision of newer) extendLineages(lineages, revision)
  return { upTo, lineages }
}
