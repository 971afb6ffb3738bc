import type { Readable, Writable } from 'node:stream'

/** The environment of a command: variables, streams and signals. */
export interface Io {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly input: Readable
  /** For results. */
  readonly out: Writable
  /** For errors, warnings and progress. */
  readonly err: Writable
  /**
   * Handles SIGINT, SIGTERM and SIGHUP from now on: they abort the returned signal, with their name as the reason,
   * instead of ending the process.
   */
  readonly interruption: () => AbortSignal
  /** Sets the handler of uncaught errors. It resolves with the exit code of the process. */
  readonly onCrash: (handler: (error: unknown) => Promise<number>) => void
  /** Lets the operating system run other processes first from now on. */
  readonly runInBackground: () => void
}

/** Prints what a store reports to standard error. */
export const reportTo =
  ({ err }: Io) =>
  (message: string, details: object) =>
    void err.write(`${message} ${JSON.stringify(details)}\n`)
