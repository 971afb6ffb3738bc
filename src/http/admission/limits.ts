import type { Rate } from './token-buckets.ts'

const kB = 1024
const MB = 1024 * kB

/** The limits of admission control, in all and for each address, and what happens beyond each. */
export interface Limits {
  /** Open connections. Beyond it, one is closed for the new one. */
  readonly connections: number
  /** The same for each address, unless a proxy stands in front. One of its own is closed; if all have running requests, the new one gets a 429. */
  readonly connectionsPerAddress: number
  /** Unanswered requests on one connection. Beyond it, the connection is closed, and all idle ones of its address. */
  readonly pipelined: number
  /** Milliseconds for which a client may take nothing of an answer. Then its connection is closed. */
  readonly stalledMs: number

  /** Polls, and likewise health checks, of each address that are not queued. Beyond it, they are. */
  readonly polls: Rate
  /** Bytes that may be read to answer a poll. For more, it is queued. */
  readonly poll: number

  /** Other requests that run at the same time. Beyond it, they are queued, and addresses take turns. */
  readonly running: number
  readonly runningPerAddress: number
  /** Requests in the queue. Beyond it 503; for each address 429. */
  readonly waiting: number
  readonly waitingPerAddress: number
  /** Milliseconds that a request waits in the queue. Then 503. */
  readonly queueTimeoutMs: number

  /** Malformed requests, bad credentials, and bytes that are not HTTP, for each address. Beyond it 429. */
  readonly misuse: Rate

  /** Bytes of request bodies in memory. Beyond it 503; for each address 429. */
  readonly bodies: number
  readonly bodiesPerAddress: number
  /** Bytes of answers in memory that clients have not taken. Beyond it 503. */
  readonly unread: number
  readonly unreadPerAddress: number
  /** The same for polls, counted separately. */
  readonly unreadPolls: number
  readonly unreadPollsPerAddress: number

  /** Event streams of each address. Beyond it 429. */
  readonly streamsPerAddress: number
}

/** The limits that are not settings. */
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
