import type { Rate } from './token-buckets.ts'

const kB = 1024
const MB = 1024 * kB

/** What all that comes over HTTP may take together, and what each address. Beside each: what is answered beyond it. */
export interface Limits {
  /** Connections. Another is closed for the next. */
  readonly connections: number
  /** For each address, where no proxy stands in front. Another of its own is closed, unless all are worked on: then the new one is a 429. */
  readonly connectionsPerAddress: number
  /** Requests on one connection that are not yet answered. It is cut, and all of its address that wait for no answer. */
  readonly pipelined: number
  /** Whoever takes nothing of an answer for so long, in milliseconds, is cut off. */
  readonly stalledMs: number

  /** Polls, and looks at the health, that go before all else, for each address. What is beyond them waits its turn. */
  readonly polls: Rate
  /** So much is read for the answer to one, in bytes. For a larger one it waits its turn. */
  readonly poll: number

  /** Other requests that are being worked on. The next wait their turn, each address after the other. */
  readonly running: number
  readonly runningPerAddress: number
  /** Requests that wait. 503; for each address 429. */
  readonly waiting: number
  readonly waitingPerAddress: number
  /** How long one waits, in milliseconds. 503. */
  readonly queueTimeoutMs: number

  /** Malformed requests, bad credentials, and what is not HTTP. 429. */
  readonly misuse: Rate

  /** Bytes of bodies that are held. 503; for each address 429. */
  readonly bodies: number
  readonly bodiesPerAddress: number
  /** Bytes that were answered and are not yet taken. 503. */
  readonly unread: number
  readonly unreadPerAddress: number
  /** The same of polls, beside those. */
  readonly unreadPolls: number
  readonly unreadPollsPerAddress: number

  /** Streams of changes for each address. 429. */
  readonly streamsPerAddress: number
}

/** What is no setting. */
export const LIMITS = {
  pipelined: 16,
  stalledMs: 30_000,
  polls: { perSecond: 20, burst: 40 },
  poll: 256 * kB,
  running: 128,
  runningPerAddress: 64,
  waiting: 2000,
  waitingPerAddress: 1000,
  queueTimeoutMs: 10_000,
  misuse: { perSecond: 50, burst: 3000 },
  bodies: 32 * MB,
  bodiesPerAddress: 16 * MB,
  unreadPolls: 16 * MB,
  unreadPollsPerAddress: 4 * MB,
} as const satisfies Partial<Limits>
