import { useLayoutEffect, useState } from 'preact/hooks'

/** How long one turn of the event loop computes, in milliseconds. */
const TURN_MS = 12

/**
 * Computes something for each of a list, some in this turn of the event loop and the others in those that follow, so that the page
 * goes on answering. After each turn `tell` is called with the number of those that are done.
 *
 * @returns a function that ends it
 */
export function computeInTurns<T>(
  all: readonly T[],
  compute: (one: T) => void,
  tell: (done: number) => void,
): () => void {
  let done = 0
  // A timer would wait for milliseconds between two turns.
  const { port1, port2 } = new MessageChannel()
  const turn = () => {
    const end = performance.now() + TURN_MS
    const rest = all.slice(done)
    for (const one of rest) {
      compute(one)
      done += 1
      if (performance.now() >= end) break
    }
    tell(done)
    if (done < all.length) port2.postMessage(undefined)
    else port1.close()
  }
  port1.addEventListener('message', turn)
  port1.start()
  turn()
  return () => port1.close()
}

/**
 * As {@link computeInTurns}, while the component is mounted. What is cached already is done before anything is drawn.
 *
 * @returns how many are done
 */
export function useInTurns<T>(all: readonly T[], compute: (one: T) => void): number {
  const [done, setDone] = useState({ all, count: 0 })
  useLayoutEffect(() => computeInTurns(all, compute, (count) => setDone({ all, count })), [all])
  return done.all === all ? done.count : 0
}
