import { once } from 'node:events'
import { EXIT, CliError } from '../cli/cli-error.ts'
import { openLog } from '../ops/log.ts'
import { logOutput } from '../ops/log-output.ts'
import { isDemo, type Settings } from '../ops/settings.ts'
import { inheritedSocket } from './inherited-socket.ts'
import type { Io } from './io.ts'
import { startServer } from './server.ts'

/** Whoever asks more often than this never finds a connection closed that was about to be used. */
const GRACE_MS = 1000

/**
 * Serves the calendar until the process is told to stop. An error that nobody caught ends it, as a bug: what it has left
 * undone nobody knows, and what was answered is on the disk. Whatever started the process starts it again.
 * @param warnings what of the settings may be a mistake, for the log
 * @throws CliError where it cannot, or could not stop cleanly
 */
export async function serve(settings: Settings, warnings: readonly string[], { environment, interruption, onCrash }: Pick<Io, 'environment' | 'interruption' | 'onCrash'>): Promise<void> {
  const socket = inheritedSocket(environment, process.pid)
  if (socket !== undefined && isDemo(settings)) throw new CliError('settings', 'A socket that is handed over is for real use: set AUTH_ISSUER or AUTH_PUBLIC_KEY.')
  const output = logOutput({ gathered: true })
  const log = openLog(settings.LOG_LEVEL, output)
  for (const warning of warnings) log.warn(warning)
  onCrash(async (err) => {
    log.fatal({ err }, 'ended by an error that nobody caught')
    await output.close()
    return EXIT.bug
  })
  try {
    const running = await startServer(settings, log, { output, socket })
    const signal = interruption()
    await once(signal, 'abort')
    log.info({ signal: signal.reason as string }, 'stopping')
    await running.stop(GRACE_MS).catch((err: unknown) => {
      log.fatal({ err }, 'could not stop cleanly')
      throw new CliError('unusable', 'The calendar could not stop cleanly; its log says why.', { cause: err })
    })
  } finally {
    await output.close()
  }
}
