import type { Change } from '../store/store.ts'
import type { World } from './world.ts'

/** What changes put into the history: how many they are, and in bytes of the wire's JSON what was and what is then. */
export interface Written {
  readonly changes: number
  readonly bytes: number
}

/**
 * The same world, in which what is written is counted once it has been decided: it may be far more than was sent.
 * @param count counts it before it is written, or throws; what it returns takes that off again
 */
export function metered(world: World, count: (written: Written) => () => void): World {
  const { store } = world
  return {
    ...world,
    store: {
      ...store,
      async change(scope, decide) {
        let takeOff = () => {}
        try {
          return await store.change(scope, (standing) => {
            // It is decided again where something has moved meanwhile.
            takeOff()
            takeOff = () => {}
            const decision = decide(standing)
            takeOff = count(writtenBy(decision.changes, world))
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

const writtenBy = (changes: readonly Change[], { sizeOf }: World): Written => ({
  changes: changes.length,
  bytes: changes.reduce((sum, { before, after, across = [] }) => {
    const named = across.reduce((length, id) => length + id.length, 0)
    return sum + (before ? sizeOf(before.reservation) : 0) + (after ? sizeOf(after) : 0) + named
  }, 0),
})
