import type { Change } from '../store/port.ts'
import type { ServiceContext } from './context.ts'

/** How much a change writes to the history. `bytes`: the reservations before and after as the wire's JSON, and the ids of overlaps. */
export interface WrittenAmount {
  readonly changes: number
  readonly bytes: number
}

/**
 * A context whose changes are counted before they are committed: a change may write far more than the request holds.
 * @param count called with each amount; may throw to reject the change. Returns a function that takes the amount back
 */
export function withMeter(context: ServiceContext, count: (written: WrittenAmount) => () => void): ServiceContext {
  const { store } = context
  return {
    ...context,
    store: {
      ...store,
      async change(scope, decide) {
        let takeBack = () => {}
        try {
          return await store.change(scope, (snapshot) => {
            // An earlier attempt was not committed.
            takeBack()
            takeBack = () => {}
            const decision = decide(snapshot)
            takeBack = count(amountOf(decision.changes, context))
            return decision
          })
        } catch (error) {
          takeBack()
          throw error
        }
      },
    },
  }
}

const amountOf = (changes: readonly Change[], { sizeOf }: ServiceContext): WrittenAmount => ({
  changes: changes.length,
  bytes: changes.reduce((sum, { before, after, overlapping = [] }) => {
    const idLengths = overlapping.reduce((length, id) => length + id.length, 0)
    return sum + (before ? sizeOf(before.reservation) : 0) + (after ? sizeOf(after) : 0) + idLengths
  }, 0),
})
