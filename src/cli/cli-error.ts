import { constants } from 'node:os'

/** What a command ends with. The table for people is in docs/commands.md, and in `--help`. */
export const EXIT = { done: 0, unable: 1, usage: 2, found: 3, settings: 4, bug: 5 } as const

/** Why a command could not do what it was asked to; programs go by these words, so that they stay. */
export const EXITS = {
  /** A file or a store. */
  not_there: EXIT.unable,
  /** It would be overwritten. */
  exists: EXIT.unable,
  /** No permission, another program's file, damaged, of a newer version. */
  unusable: EXIT.unable,
  busy: EXIT.unable,
  full: EXIT.unable,
  no_answer: EXIT.unable,
  /** By a rule of ours: it would harm what is there. */
  refused: EXIT.unable,
  usage: EXIT.usage,
  not_an_export: EXIT.found,
  /** It could not be read to its end. */
  broken_file: EXIT.found,
  settings: EXIT.settings,
  interrupted: 128,
  bug: EXIT.bug,
} as const

export type CliErrorCode = keyof typeof EXITS

/** One sentence for whoever ran a command. */
export class CliError extends Error {
  readonly code: CliErrorCode
  readonly exit: number
  /** Of wrong settings: each. */
  readonly problems: readonly string[]

  constructor(code: CliErrorCode, message: string, { problems = [], exit = EXITS[code], cause }: { problems?: readonly string[]; exit?: number; cause?: unknown } = {}) {
    super(message, { cause })
    this.name = 'Trouble'
    this.code = code
    this.exit = exit
    this.problems = problems
  }
}

/** As a shell has it: 128 and the signal's number. */
export const exitCodeOf = (signal: NodeJS.Signals): number => EXITS.interrupted + constants.signals[signal]

/** @param done what is done all the same, or is not, in a sentence */
export const interruptedError = (signal: AbortSignal, ...done: string[]): CliError =>
  new CliError('interrupted', ['Interrupted.', ...done].join(' '), { exit: exitCodeOf(signal.reason as NodeJS.Signals) })
