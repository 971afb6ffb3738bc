import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../domain/failure.ts'
import { withTimeout } from '../concurrency.ts'

const TIMEOUT_MS = 5000
/** Seconds after which the cached value is refreshed in the background. */
const FRESH_SECONDS = 600
/** Seconds to wait after a failed load: with a cached value, and without one, when nobody can sign in until a load succeeds. */
const RETRY_SECONDS = 30
const SHORT_RETRY_SECONDS = 5
/** Minimal seconds between the starts of two loads. */
const MIN_INTERVAL_SECONDS = 1

/** The clock and the log of a cache. */
export interface RefreshingCacheOptions {
  /** The monotonic clock, in seconds. */
  readonly elapsed: () => number
  /** Called when a request failed. Neither argument contains a token or personal data. */
  readonly report: (message: string, error: unknown) => void
}

/**
 * Caches one value from another service: loads it once for all callers, and keeps serving the cached value while it is
 * refreshed, or while the service is down.
 */
export class RefreshingCache<T> {
  private readonly name: string
  private readonly load: () => Promise<T>
  private readonly options: RefreshingCacheOptions
  private cached: { readonly value: T; readonly at: number; readonly count: number } | undefined
  private failed: { readonly reason: Failure; readonly at: number } | undefined
  private count = 0
  private startedAt = -Infinity
  private current: Promise<void> | undefined
  private next: Promise<void> | undefined

  /** @param name of the value, for the log */
  constructor(name: string, load: () => Promise<T>, options: RefreshingCacheOptions) {
    this.name = name
    this.load = load
    this.options = options
  }

  /** The cached value, however old. Waits only if there is none. @throws Failure `unavailable` */
  async get(): Promise<T> {
    const { cached } = this
    if (cached) {
      if (this.options.elapsed() - cached.at > FRESH_SECONDS && !this.failedWithin(RETRY_SECONDS)) void this.refresh()
      return cached.value
    }
    const reason = this.current ? undefined : this.failedWithin(SHORT_RETRY_SECONDS)
    if (reason) throw reason
    await this.refresh()
    return this.valueOrThrow()
  }

  /** Number of loads that have started. */
  loadCount(): number {
    return this.count
  }

  /** A value whose load started after `loadCount()` returned `count`. Loads again if need be. @throws Failure `unavailable` */
  async getNewerThan(count: number): Promise<T> {
    for (;;) {
      if (this.cached && this.cached.count > count) return this.cached.value
      const reason = this.failedWithin(SHORT_RETRY_SECONDS)
      if (reason) throw reason
      await (this.next ??= this.refreshAgain())
    }
  }

  private refresh(): Promise<void> {
    return (this.current ??= this.loadOnce())
  }

  /** Starts another load after the current one has ended. */
  private async refreshAgain(): Promise<void> {
    await this.current
    const waitSeconds = this.startedAt + MIN_INTERVAL_SECONDS - this.options.elapsed()
    if (waitSeconds > 0) await sleep(waitSeconds * 1000)
    this.next = undefined
    await this.refresh()
  }

  private async loadOnce(): Promise<void> {
    const { elapsed } = this.options
    const count = (this.count += 1)
    this.startedAt = elapsed()
    try {
      const value = await withTimeout(
        this.load(),
        TIMEOUT_MS,
        () => new Error(`timeout after ${TIMEOUT_MS / 1000} seconds`),
      )
      this.cached = { value, at: elapsed(), count }
      this.failed = undefined
    } catch (cause) {
      this.failed = {
        reason: new Failure('unavailable', 'Sign-ins cannot be checked at the moment; try again soon.', [], { cause }),
        at: elapsed(),
      }
      this.report(cause)
    }
    this.current = undefined
  }

  private report(cause: unknown): void {
    // A Failure comes from another RefreshingCache, which has reported it.
    if (!(cause instanceof Failure))
      this.options.report(`${this.name} request failed${this.cached ? '; using the cached one' : ''}`, cause)
  }

  private failedWithin(seconds: number): Failure | undefined {
    return this.failed && this.options.elapsed() - this.failed.at < seconds ? this.failed.reason : undefined
  }

  private valueOrThrow(): T {
    if (!this.cached) throw this.failed?.reason ?? new Error('neither loaded nor failed')
    return this.cached.value
  }
}
