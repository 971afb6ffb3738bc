import { openLog } from '../ops/log.ts'
import { logOutput } from '../ops/log-output.ts'
import type { Settings } from '../ops/settings.ts'
import { startServer } from './server.ts'

/**
 * Serves the calendar until the process is told to stop. An error that nobody caught ends it, with exit code 1: what it
 * has left undone nobody knows, and what was answered is on the disk. Whatever started the process starts it again.
 * @param doubts what of the settings may be a mistake, for the log
 */
export async function serve(settings: Settings, doubts: readonly string[]): Promise<void> {
  // That nobody reads any more what is printed, be it the log or a package's warning, ends nothing.
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error').on('error', () => {})
  const output = logOutput({ gathered: true })
  const log = openLog(settings.LOG_LEVEL, output)
  for (const doubt of doubts) log.warn(doubt)
  const leave = async (code: number) => {
    await output.close()
    process.exit(code)
  }
  process.on('uncaughtException', (err) => {
    log.fatal({ err }, 'ended by an error that nobody caught')
    void leave(1)
  })
  const running = await startServer(settings, log, output.lost).catch(async (error: unknown) => {
    await output.close()
    throw error
  })
  let stopping = false
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'stopping')
    running.stop().then(
      () => leave(0),
      (err: unknown) => {
        log.fatal({ err }, 'could not stop cleanly')
        return leave(1)
      },
    )
  }
  process.once('SIGTERM', stop).once('SIGINT', stop)
}
