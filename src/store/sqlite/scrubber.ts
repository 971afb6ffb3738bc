/** A row with a damaged text. */
export interface DamagedRow {
  readonly id: string
  readonly start: number
}

/**
 * Knows whether all texts in a file are intact, so that lists need not check each of them. Texts written by this connection
 * are intact; after writes of another connection all are scrubbed again.
 */
export interface Scrubber {
  /** Whether all texts were intact when last known, without a query. Confirm with `isClean` after reading. */
  isProbablyClean(): boolean
  /** Whether all texts are intact, and no other connection has written since that was found. */
  isClean(): boolean
  /** A number that changes when another connection has written; undefined unless all texts are intact. */
  version(): number | undefined
  /** Number of damaged rows at the last scrub; undefined before the first. */
  damaged(): number | undefined
  stop(): void
}

/** For files that are not scrubbed: lists check each text. */
export const NO_SCRUBBER: Scrubber = {
  isProbablyClean: () => false,
  isClean: () => false,
  version: () => undefined,
  damaged: () => undefined,
  stop: () => {},
}

/** The intervals and callbacks of a scrubber. */
export interface ScrubberOptions {
  /** Reads all texts, on another thread. */
  readonly scrub: () => Promise<readonly DamagedRow[]>
  readonly everyMs: number
  /** The interval while texts are damaged or other connections write. */
  readonly retryMs: number
  /** Called with the damaged rows after each scrub. */
  readonly report: (damaged: readonly DamagedRow[]) => void
  readonly onError: (error: unknown) => void
}

/**
 * Starts to scrub all texts periodically.
 * @param foreignVersion a value that changes with each commit of another connection that readers see
 */
export const startScrubber = (foreignVersion: () => unknown, options: ScrubberOptions): Scrubber =>
  new PeriodicScrubber(foreignVersion, options)

class PeriodicScrubber implements Scrubber {
  private readonly options: ScrubberOptions
  /** Changes with each commit of another connection, but not of this one. */
  private readonly foreignVersion: () => unknown
  private lastVersion: unknown
  /** Number of times that other connections were seen to have written. */
  private foreignWrites = 0
  private clean = false
  private damagedRows: number | undefined
  private timer: NodeJS.Timeout | undefined
  private isRunning = false
  private isStopped = false

  constructor(foreignVersion: () => unknown, options: ScrubberOptions) {
    this.foreignVersion = foreignVersion
    this.options = options
    this.schedule(0)
  }

  isProbablyClean(): boolean {
    return this.clean
  }

  isClean(): boolean {
    const before = this.foreignWrites
    this.countForeignWrites()
    if (this.clean && this.foreignWrites > before) {
      this.clean = false
      this.schedule(0)
    }
    return this.clean
  }

  version(): number | undefined {
    return this.isClean() ? this.foreignWrites : undefined
  }

  damaged(): number | undefined {
    return this.damagedRows
  }

  stop(): void {
    this.isStopped = true
    clearTimeout(this.timer)
  }

  private schedule(ms: number): void {
    clearTimeout(this.timer)
    if (!this.isStopped) this.timer = setTimeout(() => void this.run(), ms).unref()
  }

  private async run(): Promise<void> {
    if (this.isRunning) return
    this.isRunning = true
    try {
      await this.scrub()
    } catch (error) {
      this.clean = false
      if (!this.isStopped) this.options.onError(error)
    } finally {
      this.isRunning = false
      this.schedule(this.clean ? this.options.everyMs : this.options.retryMs)
    }
  }

  private async scrub(): Promise<void> {
    this.countForeignWrites()
    const before = this.foreignWrites
    const found = await this.options.scrub()
    this.countForeignWrites()
    this.damagedRows = found.length
    this.clean = found.length === 0 && this.foreignWrites === before
    this.options.report(found)
  }

  private countForeignWrites(): void {
    const version = this.foreignVersion()
    if (version !== this.lastVersion) this.foreignWrites += 1
    this.lastVersion = version
  }
}
