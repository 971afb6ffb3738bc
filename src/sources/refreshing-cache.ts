import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../domain/failure.ts'
import { withTimeout } from '../concurrency.ts'

const TIMEOUT_MS = 5000
/** Seconds after which what is kept is loaded again, in the background. */
const FRESH_SECONDS = 600
/** Seconds after a failure until the next try: with something to go on with, and without, when nobody can sign in until one succeeds. */
const RETRY_SECONDS = 30
const SHORT_RETRY_SECONDS = 5
/** Seconds between the beginnings of two loads, however many ask. */
const GAP = 1

export interface RefreshingCacheOptions {
  /** Seconds that have gone by, by a clock that nobody sets. */
  readonly elapsed: () => number
  /** Told of what went wrong; neither argument holds a token or anything about a person. */
  readonly report: (message: string, error: unknown) => void
}

/** Something from afar: loaded once for all who ask, and served on while its source is down. */
export interface RefreshingCache<T> {
  /** What was loaded last, however old; waits only where there is nothing yet. @throws Failure `unavailable` */
  get(): Promise<T>
  /** How many times loading has begun. */
  loadCount(): number
  /** What was loaded when `begun` had told `count`, or later: waits for another load if need be. @throws Failure `unavailable` */
  getNewerThan(count: number): Promise<T>
}

export function refreshingCache<T>(load: () => Promise<T>, { elapsed, report }: RefreshingCacheOptions): RefreshingCache<T> {
  let stored: { readonly value: T; readonly at: number; readonly count: number } | undefined
  let failed: { readonly reason: Failure; readonly at: number } | undefined
  let begun = 0
  let beganAt = -Infinity
  let loading: Promise<void> | undefined
  let next: Promise<void> | undefined

  const begin = async (): Promise<void> => {
    const count = (begun += 1)
    beganAt = elapsed()
    try {
      const value = await withTimeout(load(), TIMEOUT_MS, () => new Error(`no answer within ${TIMEOUT_MS / 1000} seconds`))
      stored = { value, at: elapsed(), count }
      failed = undefined
    } catch (cause) {
      failed = { reason: new Failure('unavailable', 'Sign-ins cannot be checked at the moment; try again soon.', [], { cause }), at: elapsed() }
      // A Failure is that of another thing kept, which has reported it.
      if (!(cause instanceof Failure)) report(`The issuer does not answer${stored ? '; using cached keys' : ''}.`, cause)
    }
    loading = undefined
  }
  const current = () => (loading ??= begin())
  const another = async () => {
    await loading
    const early = beganAt + GAP - elapsed()
    if (early > 0) await sleep(early * 1000)
    next = undefined
    await current()
  }
  const failedWithin = (seconds: number) => (failed && elapsed() - failed.at < seconds ? failed.reason : undefined)

  const loaded = (): T => {
    if (!stored) throw failed?.reason ?? new Error('neither loaded nor failed')
    return stored.value
  }

  return {
    loadCount: () => begun,
    async get() {
      if (stored && elapsed() - stored.at > FRESH_SECONDS && !failedWithin(RETRY_SECONDS)) void current()
      if (stored) return stored.value
      const reason = loading ? undefined : failedWithin(SHORT_RETRY_SECONDS)
      if (reason) throw reason
      await current()
      return loaded()
    },
    async getNewerThan(count) {
      for (;;) {
        if (stored && stored.count > count) return stored.value
        const reason = failedWithin(SHORT_RETRY_SECONDS)
        if (reason) throw reason
        await (next ??= another())
      }
    },
  }
}
