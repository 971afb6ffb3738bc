import { constants } from 'node:os'

/** The exit codes of commands, documented in docs/commands.md and in `--help`. */
export const EXIT = { done: 0, unable: 1, usage: 2, found: 3, settings: 4, bug: 5 } as const

/** The exit code of each error code. Error codes are part of the JSON output, and do not change. */
export const EXITS = {
  /** A file or a store does not exist. */
  not_there: EXIT.unable,
  /** A file would be overwritten. */
  exists: EXIT.unable,
  /** No permission, another program's file, damaged, or of a newer version. */
  unusable: EXIT.unable,
  busy: EXIT.unable,
  full: EXIT.unable,
  no_answer: EXIT.unable,
  /** It would harm existing data. */
  refused: EXIT.unable,
  usage: EXIT.usage,
  /** The calendar objects to a reservation. */
  objections: EXIT.found,
  not_an_export: EXIT.found,
  /** It could not be read to its end. */
  broken_file: EXIT.found,
  settings: EXIT.settings,
  interrupted: 128,
  bug: EXIT.bug,
} as const

export type CliErrorCode = keyof typeof EXITS

/** An error of a command, with one sentence for the user. */
export class CliError extends Error {
  readonly code: CliErrorCode
  readonly exit: number
  /** Each wrong setting, for the code `settings`. */
  readonly problems: readonly string[]

  constructor(
    code: CliErrorCode,
    message: string,
    { problems = [], exit = EXITS[code], cause }: { problems?: readonly string[]; exit?: number; cause?: unknown } = {},
  ) {
    super(message, { cause })
    this.name = 'CliError'
    this.code = code
    this.exit = exit
    this.problems = problems
  }
}

/** The exit code of a shell for a signal: 128 plus its number. */
export const exitCodeOf = (signal: NodeJS.Signals): number => EXITS.interrupted + constants.signals[signal]

/** @param details sentences that say what was done before, and what was not */
export const interruptedError = (signal: AbortSignal, ...details: string[]): CliError =>
  new CliError('interrupted', ['Interrupted.', ...details].join(' '), {
    exit: exitCodeOf(signal.reason as NodeJS.Signals),
  })
