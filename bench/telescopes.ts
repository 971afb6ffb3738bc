/** A process of telescopes that poll at fixed times, each from an address of its own, and nothing else. */
import { steadily, type Times } from './ladder/polls.ts'

/** What the process is told to do; it answers with {@link Times}. */
export interface Polling {
  readonly port: number
  readonly body: string
  readonly perSecond: number
  readonly seconds: number
}

const TELESCOPES = 10

process.on('message', (polling: Polling) => void poll(polling))

async function poll({ port, body, perSecond, seconds }: Polling): Promise<void> {
  const requestOf = (n: number) => ({ port, path: '/dev/siteevents', body, from: `127.0.1.${1 + (n % TELESCOPES)}` })
  const times: Times = await steadily(perSecond, seconds, requestOf)
  process.send?.(times)
}

process.send?.('ready')
