import { assertMayTidy, isTrusted, mayTidy } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import type { Instant } from '../domain/interval.ts'
import type { Actor } from '../domain/observer.ts'
import { type Project, sameProject } from '../domain/project.ts'
import { assertAttachable, namedBy, type Reference, type ReservationId, type Stored } from '../domain/reservation.ts'
import type { Change, Slot, Standing } from '../store/store.ts'
import { changeOf, inPieces } from './change.ts'
import type { World } from './world.ts'

/** How many reservations a call may name, whoever asks; and to how many who is not trusted may attach a project. */
export const MOST_TOGETHER = 5000
export const MOST_ATTACHED = 200

/** What became of one entry of a list. `finished`: it has ended and stays as it is. */
export interface Attached {
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
  by: Actor,
  world: World,
): Promise<Attached[]> {
  assertMayTidy(by, world.guard)
  if (project) assertAttachable(project)
  const most = project && !isTrusted(by) ? MOST_ATTACHED : MOST_TOGETHER
  if (references.length > most) throw new Failure('malformed', `Error: at most ${most} events at a time`)
  const ids = [...new Set(references.map(({ id }) => id))]
  // Few are changed in one go; of many it is worth knowing first where they are, and which are to be changed at all.
  const seen = ids.length > world.store.together ? await world.store.slotsUnder(ids) : undefined
  const opinion = { project, by, now: world.now() }
  const concerned = new Map<ReservationId, Reference[]>()
  for (const reference of references) {
    if (seen && toChange(reference, seen.get(reference.id) ?? [], opinion).length === 0) continue
    const others = concerned.get(reference.id)
    if (others) others.push(reference)
    else concerned.set(reference.id, [reference])
  }
  const changed = new Map(await attachAll(concerned, seen, opinion, world))
  return references.map((reference) => changed.get(reference) ?? statusOf(reference, seen?.get(reference.id) ?? [], opinion))
}

interface Opinion {
  readonly project: Project | undefined
  readonly by: Actor
  readonly now: Instant
}

type Outcome = readonly [Reference, Attached]

async function attachAll(
  concerned: ReadonlyMap<ReservationId, readonly Reference[]>,
  seen: ReadonlyMap<ReservationId, readonly Slot[]> | undefined,
  opinion: Opinion,
  world: World,
): Promise<readonly Outcome[]> {
  const ids = [...concerned.keys()].toSorted((a, b) => byPlace(seen?.get(a)?.[0], seen?.get(b)?.[0]))
  const inOrder = (apply: boolean) =>
    inPieces(ids, world.store.bulk, (named) =>
      world.store.change({ named }, (standing) => {
        const decision = attachSome(named.flatMap((id) => concerned.get(id) ?? []), opinion, standing, world)
        return apply ? decision : { ...decision, changes: [] }
      }),
    )
  // Tried first, so that one that is refused for its size leaves all as they were: what is halved may be several changes.
  if (opinion.project && ids.length > 1) await inOrder(false)
  return inOrder(true)
}

/** Neighbours next to each other. */
const byPlace = (a: Slot | undefined, b: Slot | undefined) =>
  a && b ? (a.reservation.site === b.reservation.site ? a.reservation.start - b.reservation.start : a.reservation.site < b.reservation.site ? -1 : 1) : 0

function attachSome(references: readonly Reference[], opinion: Opinion, standing: Standing, world: World) {
  const { project, by, now } = opinion
  const changes = new Map<Stored, Change>()
  const ids = new Set(references.map(({ id }) => id))
  const seen = new Map(Array.from(ids, (id) => [id, standing.named(id)]))
  const answer = references.map((reference): Outcome => {
    const rows = seen.get(reference.id) ?? []
    for (const before of toChange(reference, rows, opinion)) {
      // One that is named again and again is changed once.
      if (changes.has(before)) continue
      const after = { ...before.reservation, project, modified: now }
      changes.set(before, changeOf({ before, after }, { by, via: project ? 'attach-project' : 'detach-project' }, standing, world))
    }
    return [reference, statusOf(reference, rows, opinion)]
  })
  return { changes: [...changes.values()], answer }
}

const open = <T extends Slot>(reference: Reference, rows: readonly T[], { by, now }: Opinion) =>
  namedBy(reference, rows).filter(({ reservation }) => mayTidy(by, reservation, now))

const toChange = <T extends Slot>(reference: Reference, rows: readonly T[], opinion: Opinion) =>
  open(reference, rows, opinion).filter(({ reservation }) => !sameProject(reservation.project, opinion.project))

function statusOf(reference: Reference, rows: readonly Slot[], opinion: Opinion): Attached {
  const stands = namedBy(reference, rows).length > 0
  return { id: reference.id, status: !stands ? 'not_found' : open(reference, rows, opinion).length > 0 ? 'updated' : 'finished' }
}
