import { pino, type DestinationStream, type Logger } from 'pino'

export type Log = Logger

/**
 * A line of JSON for each thing that happened. What could name a person or open a door is never handed to it:
 * requests are logged by id, route, status and time alone.
 */
export const openLog = (level: string, destination?: DestinationStream): Log =>
  pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ['*.authorization', '*["x-api-key"]', '*.token'], remove: true },
    },
    destination ?? pino.destination({ fd: 1, sync: true }),
  )
