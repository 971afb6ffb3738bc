import { constants, setPriority } from 'node:os'
import { toCliError } from '../cli/explain-error.ts'
import { EXIT } from '../cli/cli-error.ts'
import { run } from './program.ts'

/** The exit code of a shell for a process that SIGPIPE ended. */
const PIPE_CLOSED = 141

function interruption(): AbortSignal {
  const controller = new AbortController()
  const abort = (signal: NodeJS.Signals) => controller.abort(signal)
  // Once: the second signal ends the process. Not so for SIGHUP, which a closed terminal often sends twice.
  process.once('SIGINT', abort).once('SIGTERM', abort).on('SIGHUP', abort)
  return controller.signal
}

function onCrash(handler: (error: unknown) => Promise<number>): void {
  process
    .removeAllListeners('uncaughtException')
    .on('uncaughtException', (error) => void handler(error).then((code) => process.exit(code)))
}

// Files that commands create hold names of people: only their owner may read them.
process.umask(0o077)

const args = process.argv.slice(2)
if (args[0] === 'serve') {
  // The server keeps running if its output is closed.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
} else {
  process.stderr.on('error', () => process.exit(PIPE_CLOSED))
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader, such as `head`, has stopped reading.
    if (error.code === 'EPIPE') process.exit(PIPE_CLOSED)
    process.stderr.write(`${toCliError(error, 'Standard output').message}\n`)
    process.exit(EXIT.unable)
  })
}
process.on('uncaughtException', (error) => {
  process.stderr.write(`${toCliError(error).message}\n`)
  process.exit(EXIT.bug)
})
const code = await run(args, {
  environment: process.env,
  input: process.stdin,
  out: process.stdout,
  err: process.stderr,
  interruption,
  onCrash,
  runInBackground: () => setPriority(constants.priority.PRIORITY_LOW),
})
// Waits until all output is written or has failed. A server does not wait for its readers.
for (const stream of args[0] === 'serve' ? [] : [process.stdout, process.stderr])
  await new Promise((resolve) => stream.write('', resolve))
setImmediate(() => process.exit(code))
