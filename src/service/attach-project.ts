import { assertMayModifyUnauthenticated, isTrusted, mayModifyUnauthenticated } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import type { Instant } from '../domain/interval.ts'
import type { Actor } from '../domain/observer.ts'
import { type Project, sameProject } from '../domain/project.ts'
import { assertAttachable, matchingRows, type Reference, type ReservationId, type Stored } from '../domain/reservation.ts'
import type { Change, Slot, Snapshot } from '../store/port.ts'
import { changeOf, inBatches } from './commit.ts'
import type { ServiceContext } from './context.ts'

/** How many reservations a call may name, whoever asks; and to how many who is not trusted may attach a project. */
export const MAX_REFERENCES = 5000
export const MAX_ATTACHED = 200

/** What became of one entry of a list. `finished`: it has ended and stays as it is. */
export interface AttachResult {
  readonly id: ReservationId
  readonly status: 'updated' | 'not_found' | 'finished'
}

/**
 * Attaches a project to reservations, or takes off (`undefined`) what they have. No reservation moves, so nothing
 * can conflict.
 * @returns one entry for each reference, in order
 * @throws Failure `unauthenticated` under the strict guard; `malformed` when the list is too long for who asks, or the
 *   project's id is; `too_large` when a reservation would be, and then none is changed
 */
export async function attachProject(
  project: Project | undefined,
  references: readonly Reference[],
  actor: Actor,
  context: ServiceContext,
): Promise<AttachResult[]> {
  assertMayModifyUnauthenticated(actor, context.writeGuard)
  if (project) assertAttachable(project)
  const max = project && !isTrusted(actor) ? MAX_ATTACHED : MAX_REFERENCES
  if (references.length > max) throw new Failure('malformed', `Error: at most ${max} events at a time`)
  const ids = [...new Set(references.map(({ id }) => id))]
  // Few are changed in one go; of many it is worth knowing first where they are, and which are to be changed at all.
  const rowsById = ids.length > context.store.maxBatch ? await context.store.slotsUnder(ids) : undefined
  const request = { project, by: actor, now: context.now() }
  const referencesById = new Map<ReservationId, Reference[]>()
  for (const reference of references) {
    if (rowsById && rowsToChange(reference, rowsById.get(reference.id) ?? [], request).length === 0) continue
    const others = referencesById.get(reference.id)
    if (others) others.push(reference)
    else referencesById.set(reference.id, [reference])
  }
  const changed = new Map(await attachAll(referencesById, rowsById, request, context))
  return references.map((reference) => changed.get(reference) ?? statusOf(reference, rowsById?.get(reference.id) ?? [], request))
}

interface AttachRequest {
  readonly project: Project | undefined
  readonly by: Actor
  readonly now: Instant
}

type ReferenceResult = readonly [Reference, AttachResult]

async function attachAll(
  referencesById: ReadonlyMap<ReservationId, readonly Reference[]>,
  rowsById: ReadonlyMap<ReservationId, readonly Slot[]> | undefined,
  request: AttachRequest,
  context: ServiceContext,
): Promise<readonly ReferenceResult[]> {
  const ids = [...referencesById.keys()].toSorted((a, b) => bySiteAndStart(rowsById?.get(a)?.[0], rowsById?.get(b)?.[0]))
  const applyAll = (apply: boolean) =>
    inBatches(ids, context.store.bulk, (ids) =>
      context.store.change({ ids }, (snapshot) => {
        const decision = attachSome(ids.flatMap((id) => referencesById.get(id) ?? []), request, snapshot, context)
        return apply ? decision : { ...decision, changes: [] }
      }),
    )
  // Tried first, so that one that is refused for its size leaves all as they were: what is halved may be several changes.
  if (request.project && ids.length > 1) await applyAll(false)
  return applyAll(true)
}

/** Neighbours next to each other. */
const bySiteAndStart = (a: Slot | undefined, b: Slot | undefined) =>
  a && b ? (a.reservation.site === b.reservation.site ? a.reservation.start - b.reservation.start : a.reservation.site < b.reservation.site ? -1 : 1) : 0

function attachSome(references: readonly Reference[], request: AttachRequest, snapshot: Snapshot, context: ServiceContext) {
  const { project, by: actor, now } = request
  const changes = new Map<Stored, Change>()
  const ids = new Set(references.map(({ id }) => id))
  const rowsById = new Map(Array.from(ids, (id) => [id, snapshot.rows(id)]))
  const answer = references.map((reference): ReferenceResult => {
    const rows = rowsById.get(reference.id) ?? []
    for (const before of rowsToChange(reference, rows, request)) {
      // One that is named again and again is changed once.
      if (changes.has(before)) continue
      const after = { ...before.reservation, project, modified: now }
      changes.set(before, changeOf({ before, after }, { by: actor, via: project ? 'attach-project' : 'detach-project' }, snapshot, context))
    }
    return [reference, statusOf(reference, rows, request)]
  })
  return { changes: [...changes.values()], answer }
}

const modifiableRows = <T extends Slot>(reference: Reference, rows: readonly T[], { by: actor, now }: AttachRequest) =>
  matchingRows(reference, rows).filter(({ reservation }) => mayModifyUnauthenticated(actor, reservation, now))

const rowsToChange = <T extends Slot>(reference: Reference, rows: readonly T[], request: AttachRequest) =>
  modifiableRows(reference, rows, request).filter(({ reservation }) => !sameProject(reservation.project, request.project))

function statusOf(reference: Reference, rows: readonly Slot[], request: AttachRequest): AttachResult {
  const exists = matchingRows(reference, rows).length > 0
  return { id: reference.id, status: !exists ? 'not_found' : modifiableRows(reference, rows, request).length > 0 ? 'updated' : 'finished' }
}
