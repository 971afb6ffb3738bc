import type { Readable, Writable } from 'node:stream'

/** What a command is given of the world. */
export interface Io {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly input: Readable
  /** For results. */
  readonly out: Writable
  /** For all else that people are told. */
  readonly err: Writable
  /**
   * From when it is called, a signal that tells the process to stop is heard there, its name as the reason, and no
   * longer ends the process at once.
   */
  readonly interruption: () => AbortSignal
  /** `told` is told of an error that nobody caught, and answers the exit code with which the process then ends. */
  readonly onCrash: (delivered: (error: unknown) => Promise<number>) => void
}
