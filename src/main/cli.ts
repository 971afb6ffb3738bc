import { toCliError } from '../cli/explain-error.ts'
import { EXIT } from '../cli/cli-error.ts'
import { run } from './program.ts'

/** As a shell has it for one that SIGPIPE ended. */
const PIPE_CLOSED = 141

function interruption(): AbortSignal {
  const controller = new AbortController()
  const hear = (signal: NodeJS.Signals) => controller.abort(signal)
  // Once: the second one ends the process as if nobody heard it. But a terminal that is closed often sends two.
  process.once('SIGINT', hear).once('SIGTERM', hear).on('SIGHUP', hear)
  return controller.signal
}

function onCrash(delivered: (error: unknown) => Promise<number>): void {
  process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => void delivered(error).then((code) => process.exit(code)))
}

// What is made, the store's file and its log, backups and exports, holds people's names: it is its owner's alone.
process.umask(0o077)

const args = process.argv.slice(2)
if (args[0] === 'serve') {
  // That nobody reads any more what is printed, be it the log or a package's warning, ends nothing.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
} else {
  process.stderr.on('error', () => process.exit(PIPE_CLOSED))
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever read, such as `head`, has read enough.
    if (error.code === 'EPIPE') process.exit(PIPE_CLOSED)
    process.stderr.write(`${toCliError(error, 'Standard output').message}\n`)
    process.exit(EXIT.unable)
  })
}
process.on('uncaughtException', (error) => {
  process.stderr.write(`${toCliError(error).message}\n`)
  process.exit(EXIT.bug)
})
const code = await run(args, { environment: process.env, input: process.stdin, out: process.stdout, err: process.stderr, interruption, onCrash })
// What is still on its way out, or fails there, is heard of before the end; a server waits for nobody.
for (const stream of args[0] === 'serve' ? [] : [process.stdout, process.stderr]) await new Promise((resolve) => stream.write('', resolve))
setImmediate(() => process.exit(code))
