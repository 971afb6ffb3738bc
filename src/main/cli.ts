import { troubleOf } from '../cli/explain.ts'
import { EXIT } from '../cli/trouble.ts'
import { run } from './program.ts'

/** As a shell has it for one that SIGPIPE ended. */
const READER_GONE = 141

function interruption(): AbortSignal {
  const controller = new AbortController()
  const hear = (signal: NodeJS.Signals) => controller.abort(signal)
  // Once: the second one ends the process as if nobody heard it. But a terminal that is closed often sends two.
  process.once('SIGINT', hear).once('SIGTERM', hear).on('SIGHUP', hear)
  return controller.signal
}

function onCrash(told: (error: unknown) => Promise<number>): void {
  process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => void told(error).then((code) => process.exit(code)))
}

// What is made, the store's file and its log, backups and exports, holds people's names: it is its owner's alone.
process.umask(0o077)

const words = process.argv.slice(2)
if (words[0] === 'serve') {
  // That nobody reads any more what is printed, be it the log or a package's warning, ends nothing.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
} else {
  process.stderr.on('error', () => process.exit(READER_GONE))
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever read, such as `head`, has read enough.
    if (error.code === 'EPIPE') process.exit(READER_GONE)
    process.stderr.write(`${troubleOf(error, 'Standard output').message}\n`)
    process.exit(EXIT.unable)
  })
}
process.on('uncaughtException', (error) => {
  process.stderr.write(`${troubleOf(error).message}\n`)
  process.exit(EXIT.bug)
})
const code = await run(words, { environment: process.env, input: process.stdin, out: process.stdout, err: process.stderr, interruption, onCrash })
// What is still on its way out, or fails there, is heard of before the end; a server waits for nobody.
for (const stream of words[0] === 'serve' ? [] : [process.stdout, process.stderr]) await new Promise((resolve) => stream.write('', resolve))
setImmediate(() => process.exit(code))
