import { Failure } from '../domain/failure.ts'
import { type NightOutcome, type NightProblem, SeriesRefused } from '../domain/series.ts'
import type { Reservation, Stored } from '../domain/reservation.ts'
import type { Change, Decision, Scope, Snapshot } from '../store/port.ts'

/** One night of a series to decide on. */
export interface NightDecision<Written> {
  readonly night: string
  /** The reservation that is changed, if there is one. */
  readonly before?: Stored
  /** What it becomes, if no quota is counted when its turn comes: those decided before have to count it. */
  readonly uncounted?: Reservation | undefined
  /** Decides on the reservation of this night, or says why there is none. */
  readonly decide: NightProblem | ((snapshot: Snapshot) => Decision<Written>)
}

/** What several decisions of one change have to see. */
export function scopeOfAll(scopes: readonly Scope[]): Scope {
  const observed = scopes.flatMap(({ observers }) => observers ?? [])
  return {
    ids: scopes.flatMap(({ ids }) => ids),
    windows: (rows) => scopes.flatMap(({ windows }) => windows?.(rows) ?? []),
    ...(observed.length > 0 && { observers: (rows) => observed.flatMap((observers) => observers(rows)) }),
  }
}

/** What is wanted of a series in which some nights are refused. */
export interface SeriesOptions {
  /** Whether the other nights are written, or none. */
  readonly skipsRefused: boolean
  /** Whether nothing is written at all. */
  readonly dryRun: boolean
  /** Whether the caller may override conflicts. */
  readonly mayOverride: boolean
}

/**
 * Decides on one night after the other, each as if those before were written already, so that they count against each other. Pure.
 * @throws SeriesRefused if a night is refused and they are not skipped
 */
export function decideNights<Written>(
  nights: readonly NightDecision<Written>[],
  snapshot: Snapshot,
  { skipsRefused, dryRun, mayOverride }: SeriesOptions,
): Decision<readonly NightOutcome<Written>[]> {
  const changes: Change[] = []
  // A change has to see each reservation once, and a long one lies in several windows.
  const overlapping = [...new Map(snapshot.overlapping.map((one) => [rowName(one), one])).values()]
  const outcomes = nights.map((one, index): NightOutcome<Written> => {
    const pending = nights
      .slice(index + 1)
      .flatMap(({ before, uncounted }) => (before ? [{ before, after: uncounted }] : []))
    const decided = decideNight(one, afterChanges({ ...snapshot, overlapping }, [...changes, ...pending]))
    if (isProblem(decided)) return { night: one.night, problem: decided }
    changes.push(...decided.changes)
    return { night: one.night, written: decided.answer }
  })
  const refused = outcomes.filter((one) => 'problem' in one)
  if (!skipsRefused && refused.length > 0) throw new SeriesRefused(refused, mayOverride)
  return { changes: dryRun ? [] : changes, answer: outcomes }
}

const isProblem = (decided: NightProblem | Decision<unknown>): decided is NightProblem =>
  typeof decided === 'string' || decided instanceof Failure

/** Failures that refuse one night. Any other refuses the series. */
const OF_ONE_NIGHT: readonly string[] = ['conflict', 'rules']

function decideNight<Written>({ decide }: NightDecision<Written>, snapshot: Snapshot) {
  if (typeof decide !== 'function') return decide
  try {
    return decide(snapshot)
  } catch (error) {
    if (error instanceof Failure && OF_ONE_NIGHT.includes(error.code)) return error
    throw error
  }
}

/** The snapshot as it will be after some changes: what they replace is gone, and what they write is there. */
function afterChanges(
  snapshot: Snapshot,
  changes: readonly { readonly before?: Stored; readonly after?: Reservation | undefined }[],
): Snapshot {
  const replaced = changes.flatMap(({ before }) => before?.reservation ?? [])
  const goneById = Map.groupBy(replaced, ({ id }) => id)
  // Called for thousands of reservations in each of 50 nights.
  const stays = ({ id, start }: Pick<Reservation, 'id' | 'start'>) =>
    !goneById.get(id)?.some((gone) => gone.start === start)
  const added = changes.flatMap(({ after }) => after ?? [])
  return {
    ...snapshot,
    overlapping: [
      ...snapshot.overlapping.filter(({ reservation }) => stays(reservation)),
      ...added.map((reservation) => ({ reservation, revision: snapshot.nextRevision(reservation.id) })),
    ],
    ofObservers: [...snapshot.ofObservers.filter(stays), ...added],
  }
}

const rowName = ({ reservation: { id, start } }: { reservation: { id: string; start: number } }) => `${start} ${id}`
