import type { Metrics } from '../ops/metrics.ts'
import type { Decision, Scope, Snapshot, Store } from '../store/port.ts'

/** Wraps a store so that its operations are timed. */
export function withMetrics(store: Store, metrics: Metrics): Store {
  const timed = async <T>(operation: string, work: Promise<T>): Promise<T> => {
    const startedAt = performance.now()
    try {
      return await work
    } finally {
      metrics.store.observe(operation, (performance.now() - startedAt) / 1000)
    }
  }
  return {
    ...store,
    find: (id) => timed('find', store.find(id)),
    slotsUnder: (ids) => timed('find', store.slotsUnder(ids)),
    list: (query, valueOf) => timed('list', store.list(query, valueOf)),
    listBytes: (query, viewer, max) => timed('list', store.listBytes(query, viewer, max)),
    history: (id, range) => timed('history', store.history(id, range)),
    change: <T>(scope: Scope, decide: (snapshot: Snapshot) => Decision<T>) =>
      timed('change', store.change(scope, decide)).then((result) => {
        metrics.lastChange.setToCurrentTime()
        return result
      }),
  }
}
