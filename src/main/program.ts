import { inspect } from 'node:util'
import { Command, CommanderError } from 'commander'
import { toCliError } from '../cli/explain-error.ts'
import type { CommandResult } from '../cli/outcome.ts'
import { EXIT, CliError } from '../cli/cli-error.ts'
import { SettingsError } from '../ops/settings.ts'
import type { Invocation } from './actions.ts'
import { COMMANDS } from './commands.ts'
import type { Io } from './io.ts'
import { version } from './wiring.ts'

const EXITS = `
Exit codes:
  ${EXIT.done}        done
  ${EXIT.unable}        could not run: a file or the store is not there, not to be had, or does not answer
  ${EXIT.usage}        wrong arguments
  ${EXIT.found}        ran, and found what is not as it should be
  ${EXIT.settings}        wrong settings
  ${EXIT.bug}        a bug in the calendar
  129 to 143  told to stop by a signal, before it was done

Settings are environment variables; "config" prints them. With LOG_LEVEL=debug an error comes with all its details.`

/**
 * Runs one command.
 * @param args what stands after the program's name
 * @returns the exit code. Results have gone to `out`, and all else to `err`
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  // What went wrong before the options were read is told to programs in their way too.
  const json = args.includes('--json')
  let code: number = EXIT.done
  const report = (outcome: CommandResult) => {
    code = outcome.error?.exit ?? (outcome.hasProblems ? EXIT.found : EXIT.done)
    const { report: details, text, error: cliError } = outcome
    ;(outcome.toStderr ? io.err : io.out).write(json ? `${JSON.stringify(cliError ? { ...details, ...errorOf(cliError) } : details)}\n` : text)
    if (cliError) writeOutcome(cliError, io)
  }
  try {
    await createProgram(io, report).parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done
    const cliError = isFromCommander(error)
    if (json) io.out.write(`${JSON.stringify(errorOf(cliError))}\n`)
    // Commander has printed the help by itself where there is no command.
    if (!(error instanceof CommanderError && error.code === 'commander.help')) writeOutcome(cliError, io)
    return cliError.exit
  }
}

const errorOf = ({ code, message, problems }: CliError) => ({ error: { code, message, ...(problems.length > 0 && { problems }) } })

function writeOutcome(cliError: CliError, { err, environment }: Io): void {
  err.write(`${cliError.message}\n`)
  if (['debug', 'trace'].includes(environment['LOG_LEVEL'] ?? '')) err.write(`${inspect(cliError)}\n`)
}

function isFromCommander(error: unknown): CliError {
  if (error instanceof CommanderError) return new CliError('usage', withSuggestion(error), { cause: error })
  if (error instanceof SettingsError) return new CliError('settings', error.message, { problems: error.problems, cause: error })
  return toCliError(error)
}

/** Commander writes `error: unknown command 'chekc'`, and perhaps a guess on a line of its own. */
function withSuggestion({ message }: CommanderError): string {
  const [said = '', guess] = message.replace(/^error: /, '').split('\n')
  const sentence = `${said.slice(0, 1).toUpperCase()}${said.slice(1)}`.replace(/\.?$/, '.')
  return `${sentence}${guess === undefined ? '' : ` ${guess.replace(/^\((.*)\)$/, '$1')}`} See --help.`
}

function createProgram(io: Io, report: (outcome: CommandResult) => void): Command {
  const program = new Command('photonranch-calendar')
    .description('The reservation calendar of a network of robotic telescopes.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .configureOutput({ writeOut: (text) => void io.out.write(text), writeErr: (text) => void io.err.write(text), outputError: () => undefined })
    .addHelpText('after', EXITS)
  const groups = new Map([['', program]])
  for (const { name, summary, args = [], options = [], example, action } of COMMANDS) {
    const words = name.split(' ')
    const own = words.pop() ?? ''
    const parent = groups.get(words.join(' ')) ?? program
    const command = parent.command(own).description(summary)
    if (!action) {
      groups.set(name, command)
      continue
    }
    for (const [arg, what] of args) command.argument(`<${arg}>`, what)
    for (const { flags, description, required, defaultValue } of options) {
      if (required) command.requiredOption(flags, description)
      else command.option(flags, description, defaultValue)
    }
    if (name !== 'serve') command.option('--json', 'print one JSON document')
    command.addHelpText('after', `\nExample:\n  ${example}`)
    command.action(async () => {
      const delivered: Invocation = { args: command.args, options: command.opts(), json: command.opts<{ json?: boolean }>().json ?? false }
      const outcome = await action(delivered, io)
      if (outcome) report(outcome)
    })
  }
  return program
}
