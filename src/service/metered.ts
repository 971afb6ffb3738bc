import type { Change } from '../store/port.ts'
import type { ServiceContext } from './context.ts'

/** What changes put into the history: how many they are, and in bytes of the wire's JSON what was and what is then. */
export interface WrittenAmount {
  readonly changes: number
  readonly bytes: number
}

/**
 * The same world, in which what is written is counted once it has been decided: it may be far more than was sent.
 * @param count counts it before it is written, or throws; what it returns takes that off again
 */
export function withMeter(context: ServiceContext, count: (written: WrittenAmount) => () => void): ServiceContext {
  const { store } = context
  return {
    ...context,
    store: {
      ...store,
      async change(scope, decide) {
        let takeOff = () => {}
        try {
          return await store.change(scope, (snapshot) => {
            // It is decided again where something has moved meanwhile.
            takeOff()
            takeOff = () => {}
            const decision = decide(snapshot)
            takeOff = count(amountOf(decision.changes, context))
            return decision
          })
        } catch (error) {
          takeOff()
          throw error
        }
      },
    },
  }
}

const amountOf = (changes: readonly Change[], { sizeOf }: ServiceContext): WrittenAmount => ({
  changes: changes.length,
  bytes: changes.reduce((sum, { before, after, overlapping = [] }) => {
    const named = overlapping.reduce((length, id) => length + id.length, 0)
    return sum + (before ? sizeOf(before.reservation) : 0) + (after ? sizeOf(after) : 0) + named
  }, 0),
})
