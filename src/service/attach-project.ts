import { assertMayModifyUnauthenticated, isTrusted, mayModifyUnauthenticated } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import type { Instant } from '../domain/interval.ts'
import { acknowledgeMove } from '../domain/moved-from.ts'
import type { Actor } from '../domain/observer.ts'
import { type Project, sameProject } from '../domain/project.ts'
import {
  assertAttachable,
  matchingRows,
  type Reference,
  type ReservationId,
  type Stored,
} from '../domain/reservation.ts'
import type { Change, Slot, Snapshot } from '../store/port.ts'
import { changeOf, inBatches } from './commit.ts'
import type { ServiceContext } from './context.ts'

/** The maximal number of references in one call. */
export const MAX_REFERENCES = 5000
/** The maximal number of references to which an actor may attach a project who is neither admin nor service. */
export const MAX_ATTACHED = 200

/** The result for one reference. `finished`: the reservation has ended and was not changed. */
export interface AttachResult {
  readonly id: ReservationId
  readonly status: 'updated' | 'not_found' | 'finished'
}

/**
 * Attaches a project to reservations, or detaches their projects if `project` is undefined.
 * @returns one result for each reference, in order
 * @throws Failure `unauthenticated` under the write guard `strict`; `malformed` if the list or the project's id is too long;
 *   `too_large` if a reservation would become too large: then none is changed
 */
export async function attachProject(
  project: Project | undefined,
  references: readonly Reference[],
  actor: Actor,
  context: ServiceContext,
): Promise<AttachResult[]> {
  assertMayModifyUnauthenticated(actor, context.writeGuard)
  if (project) assertAttachable(project)
  assertNotTooMany(references, project && !isTrusted(actor) ? MAX_ATTACHED : MAX_REFERENCES)
  const request = { project, by: actor, now: context.now() }
  const ids = [...new Set(references.map(({ id }) => id))]
  // Many ids take several changes: find out first which rows have to be changed, and where they are.
  const slotsById = ids.length > context.store.maxBatch ? await context.store.slotsUnder(ids) : undefined
  const slotsOf = ({ id }: Reference) => slotsById?.get(id) ?? []
  const pending = slotsById
    ? references.filter((reference) => rowsToChange(reference, slotsOf(reference), request).length > 0)
    : references
  const changed = new Map(
    await attachAll(
      Map.groupBy(pending, ({ id }) => id),
      slotsById,
      request,
      context,
    ),
  )
  return references.map((reference) => changed.get(reference) ?? resultFor(reference, slotsOf(reference), request))
}

function assertNotTooMany(references: readonly Reference[], max: number): void {
  if (references.length > max) throw new Failure('malformed', `Error: at most ${max} events at a time`)
}

interface AttachRequest {
  readonly project: Project | undefined
  readonly by: Actor
  readonly now: Instant
}

type ReferenceResult = readonly [Reference, AttachResult]

async function attachAll(
  referencesById: ReadonlyMap<ReservationId, readonly Reference[]>,
  slotsById: ReadonlyMap<ReservationId, readonly Slot[]> | undefined,
  request: AttachRequest,
  context: ServiceContext,
): Promise<readonly ReferenceResult[]> {
  const ids = [...referencesById.keys()].toSorted((a, b) =>
    bySiteAndStart(slotsById?.get(a)?.[0], slotsById?.get(b)?.[0]),
  )
  const applyAll = (apply: boolean) =>
    inBatches(ids, context.store.bulk, (batch) =>
      context.store.change({ ids: batch }, (snapshot) => {
        const decision = attachSome(
          batch.flatMap((id) => referencesById.get(id) ?? []),
          request,
          snapshot,
          context,
        )
        return apply ? decision : { ...decision, changes: [] }
      }),
    )
  // Decided once without changes first, so that a reservation that would become too large leaves all of them unchanged.
  if (request.project && ids.length > 1) await applyAll(false)
  return applyAll(true)
}

const bySiteAndStart = (a: Slot | undefined, b: Slot | undefined) =>
  a && b
    ? a.reservation.site === b.reservation.site
      ? a.reservation.start - b.reservation.start
      : a.reservation.site < b.reservation.site
        ? -1
        : 1
    : 0

function attachSome(
  references: readonly Reference[],
  request: AttachRequest,
  snapshot: Snapshot,
  context: ServiceContext,
) {
  const { project, by: actor, now } = request
  const changes = new Map<Stored, Change>()
  const ids = new Set(references.map(({ id }) => id))
  const rowsById = new Map(Array.from(ids, (id) => [id, snapshot.rows(id)]))
  const answer = references.map((reference): ReferenceResult => {
    const rows = rowsById.get(reference.id) ?? []
    for (const before of rowsToChange(reference, rows, request)) {
      // One that is named again and again is changed once.
      if (changes.has(before)) continue
      const after = { ...acknowledgeMove(actor, before.reservation), project, modified: now }
      changes.set(
        before,
        changeOf(
          { before, after },
          { by: actor, via: project ? 'attach-project' : 'detach-project' },
          snapshot,
          context,
        ),
      )
    }
    return [reference, resultFor(reference, rows, request)]
  })
  return { changes: [...changes.values()], answer }
}

const modifiableRows = <T extends Slot>(reference: Reference, rows: readonly T[], { by: actor, now }: AttachRequest) =>
  matchingRows(reference, rows).filter(({ reservation }) => mayModifyUnauthenticated(actor, reservation, now))

const rowsToChange = <T extends Slot>(reference: Reference, rows: readonly T[], request: AttachRequest) =>
  modifiableRows(reference, rows, request).filter(
    ({ reservation }) => !sameProject(reservation.project, request.project),
  )

function resultFor(reference: Reference, rows: readonly Slot[], request: AttachRequest): AttachResult {
  const exists = matchingRows(reference, rows).length > 0
  return {
    id: reference.id,
    status: !exists ? 'not_found' : modifiableRows(reference, rows, request).length > 0 ? 'updated' : 'finished',
  }
}
