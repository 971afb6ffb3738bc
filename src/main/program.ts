import { inspect } from 'node:util'
import { Command, CommanderError } from 'commander'
import { closestMatch } from 'leven'
import { toCliError } from '../cli/explain-error.ts'
import type { CommandResult } from '../cli/outcome.ts'
import { EXIT, CliError } from '../cli/cli-error.ts'
import { SettingsError } from '../ops/settings.ts'
import type { Action } from './actions.ts'
import { type Command as CommandDefinition, COMMANDS } from './commands.ts'
import type { Io } from './io.ts'
import { version } from './wiring.ts'

const EXITS = `
Exit codes:
  ${EXIT.done}        done
  ${EXIT.unable}        could not run: a file or the store is missing, unusable, or does not answer
  ${EXIT.usage}        wrong arguments
  ${EXIT.found}        ran, and found problems
  ${EXIT.settings}        wrong settings
  ${EXIT.bug}        a bug in the calendar
  129 to 143  stopped by a signal before it was done

Settings are environment variables; "config" prints them. With LOG_LEVEL=debug, errors are printed with all details.`

/**
 * Runs one command. Prints results to `out`, and everything else to `err`.
 * @param args the command line after the name of the program
 * @returns the exit code
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  // Read here, since errors of parsing the options are printed as JSON, too.
  const json = args.includes('--json')
  let code: number = EXIT.done
  const report = (outcome: CommandResult) => {
    code = outcome.error?.exit ?? (outcome.hasProblems ? EXIT.found : EXIT.done)
    const { report: details, text, error: cliError } = outcome
    ;(outcome.toStderr ? io.err : io.out).write(
      json ? `${JSON.stringify(cliError ? { ...details, ...errorOf(cliError) } : details)}\n` : text,
    )
    if (cliError) writeOutcome(cliError, io)
  }
  try {
    await createProgram(io, report).parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done
    const cliError = usageErrorOf(error)
    if (json) io.out.write(`${JSON.stringify(errorOf(cliError))}\n`)
    // Without a command, Commander has printed the help itself.
    if (!(error instanceof CommanderError && error.code === 'commander.help')) writeOutcome(cliError, io)
    return cliError.exit
  }
}

const errorOf = ({ code, message, problems }: CliError) => ({
  error: { code, message, ...(problems.length > 0 && { problems }) },
})

function writeOutcome(cliError: CliError, { err, environment }: Io): void {
  err.write(`${cliError.message}\n`)
  if (['debug', 'trace'].includes(environment['LOG_LEVEL'] ?? '')) err.write(`${inspect(cliError)}\n`)
}

function usageErrorOf(error: unknown): CliError {
  if (error instanceof CommanderError) return new CliError('usage', withSuggestion(error), { cause: error })
  if (error instanceof SettingsError)
    return new CliError('settings', error.message, { problems: error.problems, cause: error })
  return toCliError(error)
}

/** Makes one sentence of Commander's message, which has a prefix and perhaps a suggestion on a second line. */
function withSuggestion({ message }: CommanderError): string {
  const [problem = '', suggestion] = message.replace(/^error: /, '').split('\n')
  const sentence = `${problem.slice(0, 1).toUpperCase()}${problem.slice(1)}`.replace(/\.?$/, '.')
  return `${sentence}${suggestion === undefined ? '' : ` ${suggestion.replace(/^\((.*)\)$/, '$1')}`} See --help.`
}

function createProgram(io: Io, report: (outcome: CommandResult) => void): Command {
  const program = new Command('photonranch-calendar')
    .description('The reservation calendar of a network of robotic telescopes.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.out.write(text),
      writeErr: (text) => void io.err.write(text),
      outputError: () => undefined,
    })
    .addHelpText('after', EXITS)
  const groups = new Map([['', program]])
  for (const definition of COMMANDS) {
    const words = definition.name.split(' ')
    const ownName = words.pop() ?? ''
    const parent = groups.get(words.join(' ')) ?? program
    const command = parent.command(ownName).description(definition.summary)
    if (definition.action) addAction(command, definition, definition.action, io, report)
    groups.set(definition.name, command)
  }
  return program
}

/** A command that has commands of its own. */
const isGroup = (name: string) => COMMANDS.some((other) => other.name.startsWith(`${name} `))

/** Throws if a word after a group is none of its commands. @throws CliError `usage` */
function assertNoWord({ args: [word], commands }: Command): void {
  if (word === undefined) return
  const similar = closestMatch(
    word,
    commands.map((command) => command.name()),
    { maxDistance: 2 },
  )
  const suggestion = similar === undefined ? '' : ` Did you mean ${similar}?`
  throw new CliError('usage', `Unknown command '${word}'.${suggestion} See --help.`)
}

function addAction(
  command: Command,
  { name, args = [], options = [], example, inBackground }: CommandDefinition,
  action: Action,
  io: Io,
  report: (outcome: CommandResult) => void,
): void {
  for (const [arg, description] of args) command.argument(arg.startsWith('[') ? arg : `<${arg}>`, description)
  for (const { flags, description, required, defaultValue } of options) {
    if (required) command.requiredOption(flags, description)
    else command.option(flags, description, defaultValue)
  }
  if (name !== 'serve') command.option('--json', 'print one JSON document')
  command.addHelpText('after', `\nExample:\n  ${example}`)
  command.allowExcessArguments(isGroup(name))
  command.action(async () => {
    if (isGroup(name)) assertNoWord(command)
    if (inBackground) io.runInBackground()
    // Commander gives the group of a command the options that both have.
    const { json: isJson = false, ...given } = command.optsWithGlobals<{ json?: boolean }>()
    const outcome = await action({ args: command.args, options: given, json: isJson }, io)
    if (outcome) report(outcome)
  })
}
