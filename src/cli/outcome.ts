import type { CliError } from './cli-error.ts'

/** The result of a command. */
export interface CommandResult {
  /** Whether the command found problems. */
  readonly hasProblems?: boolean
  /** The JSON document that `--json` prints; see docs/commands.md. */
  readonly report: object
  /** The same as text, with newlines. */
  readonly text: string
  /** Whether to print it to standard error, since standard output is used otherwise. */
  readonly toStderr?: boolean
  /** Why the command ended early. The report says what was done. */
  readonly error?: CliError | undefined
}

/** The file name that means standard input or output. */
export const STDIO = '-'
