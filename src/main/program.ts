import { inspect } from 'node:util'
import { Command, CommanderError } from 'commander'
import { troubleOf } from '../cli/explain.ts'
import type { Outcome } from '../cli/outcome.ts'
import { EXIT, Trouble } from '../cli/trouble.ts'
import { SettingsError } from '../ops/settings.ts'
import type { Told } from './acts.ts'
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
 * @param words what stands after the program's name
 * @returns the exit code. Results have gone to `out`, and all else to `err`
 */
export async function run(words: readonly string[], io: Io): Promise<number> {
  // What went wrong before the options were read is told to programs in their way too.
  const json = words.includes('--json')
  let code: number = EXIT.done
  const report = (outcome: Outcome) => {
    code = outcome.trouble?.exit ?? (outcome.found ? EXIT.found : EXIT.done)
    const { facts, text, trouble } = outcome
    ;(outcome.aside ? io.err : io.out).write(json ? `${JSON.stringify(trouble ? { ...facts, ...errorOf(trouble) } : facts)}\n` : text)
    if (trouble) tell(trouble, io)
  }
  try {
    await programOf(io, report).parseAsync(words, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done
    const trouble = ofProgram(error)
    if (json) io.out.write(`${JSON.stringify(errorOf(trouble))}\n`)
    // Commander has printed the help by itself where there is no command.
    if (!(error instanceof CommanderError && error.code === 'commander.help')) tell(trouble, io)
    return trouble.exit
  }
}

const errorOf = ({ code, message, problems }: Trouble) => ({ error: { code, message, ...(problems.length > 0 && { problems }) } })

function tell(trouble: Trouble, { err, environment }: Io): void {
  err.write(`${trouble.message}\n`)
  if (['debug', 'trace'].includes(environment['LOG_LEVEL'] ?? '')) err.write(`${inspect(trouble)}\n`)
}

function ofProgram(error: unknown): Trouble {
  if (error instanceof CommanderError) return new Trouble('usage', wordsOf(error), { cause: error })
  if (error instanceof SettingsError) return new Trouble('settings', error.message, { problems: error.problems, cause: error })
  return troubleOf(error)
}

/** Commander writes `error: unknown command 'chekc'`, and perhaps a guess on a line of its own. */
function wordsOf({ message }: CommanderError): string {
  const [said = '', guess] = message.replace(/^error: /, '').split('\n')
  const sentence = `${said.slice(0, 1).toUpperCase()}${said.slice(1)}`.replace(/\.?$/, '.')
  return `${sentence}${guess === undefined ? '' : ` ${guess.replace(/^\((.*)\)$/, '$1')}`} See --help.`
}

function programOf(io: Io, report: (outcome: Outcome) => void): Command {
  const program = new Command('photonranch-calendar')
    .description('The reservation calendar of a network of robotic telescopes.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .configureOutput({ writeOut: (text) => void io.out.write(text), writeErr: (text) => void io.err.write(text), outputError: () => undefined })
    .addHelpText('after', EXITS)
  const groups = new Map([['', program]])
  for (const { name, about, args = [], options = [], example, act } of COMMANDS) {
    const words = name.split(' ')
    const own = words.pop() ?? ''
    const parent = groups.get(words.join(' ')) ?? program
    const command = parent.command(own).description(about)
    if (!act) {
      groups.set(name, command)
      continue
    }
    for (const [arg, what] of args) command.argument(`<${arg}>`, what)
    for (const { flags, what, required, otherwise } of options) {
      if (required) command.requiredOption(flags, what)
      else command.option(flags, what, otherwise)
    }
    if (name !== 'serve') command.option('--json', 'print one JSON document')
    command.addHelpText('after', `\nExample:\n  ${example}`)
    command.action(async () => {
      const told: Told = { words: command.args, options: command.opts(), json: command.opts<{ json?: boolean }>().json ?? false }
      const outcome = await act(told, io)
      if (outcome) report(outcome)
    })
  }
  return program
}
