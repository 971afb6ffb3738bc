import { Conflict, type FreeTime } from '../domain/conflict.ts'
import { Failure } from '../domain/failure.ts'
import { RulesBroken } from '../domain/objection.ts'
import type { ServiceContext } from './context.ts'
import { nearestFreeTime } from './suggest-free-time.ts'

/** Why a change would be rejected, and the nearest free dark time, if it is known. */
export interface Rejection {
  readonly error: Failure
  readonly free: FreeTime | undefined
}

/**
 * Decides on a change, by the code of the change itself, and writes nothing.
 * @param change makes the change in the context that it is passed
 * @returns undefined if it would be accepted
 * @throws Failure any error of the change but a conflict and broken rules
 */
export async function checkChange(
  change: (context: ServiceContext) => Promise<unknown>,
  context: ServiceContext,
): Promise<Rejection | undefined> {
  try {
    await change(withoutWriting(context))
    return undefined
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (error instanceof Conflict) return { error, free: error.free }
    if (error instanceof RulesBroken) return { error, free: await freeTimeFor(error, context) }
    if (error.code !== 'conflict') throw error
    return { error, free: undefined }
  }
}

const freeTimeFor = async ({ conflict, reservation }: RulesBroken, context: ServiceContext) =>
  conflict ? conflict.free : nearestFreeTime(reservation, true, context)

/** The context over a store that decides on changes, and commits nothing. */
const withoutWriting = ({ store, ...context }: ServiceContext): ServiceContext => ({
  ...context,
  store: {
    ...store,
    change: (scope, decide) => store.change(scope, (snapshot) => ({ ...decide(snapshot), changes: [] })),
  },
})
