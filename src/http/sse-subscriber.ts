import type { Viewer } from '../domain/access.ts'
import type { SiteCode } from '../domain/site.ts'
import type { Subscriber, ChangeStream } from '../background/change-stream.ts'
import { formatStart, formatChange, formatHeartbeat, RETRY } from './sse-format.ts'
import { type SseBody, openSseBody } from './sse-body.ts'

/** What is asked for: which sites, seen by whom, and the id of the place from which to go on. */
export interface SubscriptionRequest {
  readonly sites: ReadonlySet<SiteCode>
  readonly viewer: Viewer
  readonly from: string | undefined
}

/** A stream as the body of an answer. @throws Failure `unavailable` */
export async function openSseStream({ sites, viewer, from }: SubscriptionRequest, changeStream: ChangeStream): Promise<SseBody['body']> {
  const { body, send, bufferedChars, drained, end } = openSseBody(() => changeStream.unsubscribe(subscriber))
  const subscriber: Subscriber = {
    sites,
    start: (kind, cursorId) => send(formatStart(kind, cursorId)),
    send: (revision, cursorId) => send(formatChange(revision, cursorId, viewer)),
    heartbeat: (cursorId) => send(formatHeartbeat(cursorId)),
    bufferedChars,
    drained,
    end,
  }
  send(RETRY)
  await changeStream.subscribe(subscriber, from)
  return body
}
