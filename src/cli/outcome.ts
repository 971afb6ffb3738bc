import type { CliError } from './cli-error.ts'

/** What came of a command that has something to report. */
export interface CommandResult {
  /** Whether it found something that is not as it should be. */
  readonly hasProblems?: boolean
  /** What it reports, as docs/commands.md describes it: one JSON document. */
  readonly report: object
  /** The same for people to read, with its line ends. */
  readonly text: string
  /** Standard output has something else: it is reported on standard error. */
  readonly toStderr?: boolean
  /** Why it did not come to its end; what it reports is so all the same. */
  readonly error?: CliError | undefined
}

/** The name that stands for standard input or output. */
export const STDIO = '-'
