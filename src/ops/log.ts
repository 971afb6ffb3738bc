import { pino, type DestinationStream, type Logger } from 'pino'

export type Log = Logger

/**
 * A line of JSON for each thing that happened. What could name a person or open a door is never handed to it:
 * requests are logged by id, route, status and time alone.
 */
export const openLog = (level: string, destination: DestinationStream = pino.destination(1)): Log =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ['*.authorization', '*["x-api-key"]', '*.token'], remove: true },
    },
    destination,
  )

/**
 * Standard output, with lines gathered for a fifth of a second, so that requests do not wait for them. When the process
 * exits none is left behind.
 */
export function gatheredOutput(): DestinationStream {
  const lines = pino.destination({ fd: 1, sync: false, minLength: 8192, periodicFlush: 200 })
  process.once('exit', () => lines.flushSync())
  return lines
}
