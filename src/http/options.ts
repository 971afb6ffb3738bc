import type { ChangeStream } from '../background/change-stream.ts'
import type { Site } from '../domain/site.ts'
import type { Log, RequestLine } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { Authenticator } from './auth.ts'
import type { Deps } from './endpoint.ts'
import type { HttpRequest } from './exchange.ts'

/** What anyone may know of an installation. */
export interface PublicConfig {
  readonly stage: string
  readonly version: string
  /** The address of the OpenID Connect provider; null if nobody can sign in through one. */
  readonly issuer: string | null
  readonly audience: string
  readonly clientId: string
  /** Whether the calendar is its own issuer, without passwords. */
  readonly demo: boolean
  readonly conflicts: 'deny' | 'warn'
  readonly maxWindowDays: number
  /** Whether `changes` streams. */
  readonly stream: boolean
  /** Whether a projects service is configured. */
  readonly projects: boolean
  /** The most nights of a series. */
  readonly maxSeries: number
  readonly sites: ReadonlyMap<string, Site>
  /** The origins whose pages may show the calendar in a frame. */
  readonly frameAncestors: readonly string[]
}

/** All that the routes are made of. */
export interface AppOptions extends Deps {
  /** The path of the endpoints, as `/dev`. */
  readonly base: string
  readonly identity: Authenticator
  readonly config: PublicConfig
  /** Undefined if `changes` does not stream. */
  readonly changeStream: ChangeStream | undefined
  readonly log: Log
  readonly logRequest: (line: RequestLine) => void
  readonly metrics: Metrics
  /** Whether pages may be sent compressed: a gateway may need their text. */
  readonly compress: boolean
  /** False once the server is stopping. */
  readonly accepting: () => boolean
  /** Whether the sender of a request may read the metrics. */
  readonly mayReadMetrics: (request: HttpRequest) => boolean
  /** Sets the metrics that are measured when they are read. */
  readonly measure: () => void | Promise<void>
}
