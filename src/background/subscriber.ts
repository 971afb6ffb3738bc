import type { Revision } from '../domain/reservation.ts'
import type { SiteCode } from '../domain/site.ts'

/** The size of texts: in bytes of UTF-8, which limit buffers, and in characters, which a metric counts. */
export interface TextSize {
  readonly bytes: number
  readonly chars: number
}

/** A client that receives the revisions of some sites. `cursorId` is the position in the feed from which it can resume. */
export interface Subscriber {
  readonly sites: ReadonlySet<SiteCode>
  /**
   * Called before the first revision, and at a `reset`: earlier revisions are missing then.
   * @param since the cursor after which the feed has them; undefined if it may not, so that the client must reload
   */
  start(kind: 'hello' | 'reset', cursorId: string, since?: string): void
  send(revision: Revision, cursorId: string): void
  /** Called after a while without a heartbeat. */
  heartbeat(cursorId: string): void
  /** The size of what was sent and not yet drained. */
  buffered(): TextSize
  /** Resolves when the buffer is empty or the client is gone. */
  drained(): Promise<void>
  /** Called when the stream ends the subscription. */
  end(): void
}
