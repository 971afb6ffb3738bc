import type { IncomingMessage } from 'node:http'
import type { CloseReason } from './connections.ts'

/** Why a request was rejected before it was handled. Label values of a metric. */
export type RejectReason = 'waiting' | 'patience' | 'misuse' | 'bodies' | 'unread' | 'streams'

/** Callbacks for logs and metrics. */
export interface AdmissionEvents {
  readonly refused: (reason: RejectReason) => void
  readonly closed: (reason: CloseReason) => void
  /** The client closed the request before its body had arrived. */
  readonly aborted: (request: IncomingMessage) => void
  /** A poll was answered, this many seconds after it arrived. */
  readonly polled: (seconds: number) => void
  /** A bug of the server ended one connection or request. */
  readonly failed: (error: unknown) => void
}
