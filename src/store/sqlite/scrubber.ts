import type { Database } from 'better-sqlite3'

/** A row of which a text is damaged. */
export interface DamagedRow {
  readonly id: string
  readonly start: number
}

/**
 * Whether all texts in a file are known to be sound, so that lists may go out without a look at each. What this
 * connection writes is; what another writes is looked over again.
 */
export interface Scrubber {
  /** As far as is known without asking SQLite: what is read on it is to be asked about afterwards, by `isClean`. */
  readonly isProbablyClean: () => boolean
  /** Nobody else has written since all was looked over. */
  readonly isClean: () => boolean
  /** How many rows were damaged when all was last looked over; undefined before the first time. */
  readonly damaged: () => number | undefined
  readonly stop: () => void
}

/** Of a file that nobody looks over: each text is looked at whenever it goes out. */
export const NO_SCRUBBER: Scrubber = { isProbablyClean: () => false, isClean: () => false, damaged: () => undefined, stop: () => {} }

export interface ScrubberOptions {
  /** Looks all texts over, elsewhere than on this thread. */
  readonly lookOver: () => Promise<readonly DamagedRow[]>
  readonly everyMs: number
  /** After one look that others have made worthless by writing, until the next. */
  readonly pauseMs: number
  readonly report: (damaged: readonly DamagedRow[]) => void
  readonly onError: (error: unknown) => void
}

export function startScrubber(db: Database, { lookOver, everyMs, pauseMs, report, onError }: ScrubberOptions): Scrubber {
  // Changes with what other connections commit, and not with what this one does.
  const version = db.prepare('PRAGMA data_version').pluck()
  let known: unknown
  /** How often others were seen to have written. */
  let changes = 0
  let sound = false
  let damaged: number | undefined
  let timer: NodeJS.Timeout | undefined
  let looking = false
  let stopped = false

  function notice(): void {
    const now = version.get()
    if (now !== known) changes += 1
    known = now
  }
  function lookIn(ms: number): void {
    clearTimeout(timer)
    if (!stopped) timer = setTimeout(() => void check(), ms).unref()
  }
  async function check(): Promise<void> {
    if (looking) return
    looking = true
    try {
      notice()
      const before = changes
      const found = await lookOver()
      notice()
      damaged = found.length
      sound = damaged === 0 && changes === before
      report(found)
    } catch (error) {
      sound = false
      if (!stopped) onError(error)
    } finally {
      looking = false
      lookIn(sound ? everyMs : pauseMs)
    }
  }

  lookIn(0)
  return {
    isProbablyClean: () => sound,
    isClean() {
      const before = changes
      notice()
      if (sound && changes > before) {
        sound = false
        lookIn(0)
      }
      return sound
    },
    damaged: () => damaged,
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
