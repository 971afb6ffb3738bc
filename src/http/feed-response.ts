import { Failure } from '../domain/failure.ts'
import type { Instant } from '../domain/interval.ts'
import { openSemaphore } from '../concurrency.ts'
import type { ServiceContext } from '../service/context.ts'
import { feedEvents, feedStart, type FeedSubject } from '../service/feed-events.ts'
import type { HttpRequest, HttpResponse } from './exchange.ts'
import { feedBody, type FeedView } from './feed-body.ts'
import { API_HEADERS, respondRevalidated } from './respond.ts'

const BUSY = 'Too many calendar feeds are being read just now; please try again.'

/** Feeds that are made at the same time: each may hold 8 MB of reservations. */
const making = openSemaphore({
  concurrency: 2,
  maxWaiting: 100,
  timeoutMs: 10_000,
  busyError: () => new Failure('busy', BUSY),
})

/** Whoever keeps a copy asks each time whether it is still current. @param scope whether a shared cache may keep one */
export const feedHeaders = (scope: 'public' | 'private'): Readonly<Record<string, string>> =>
  Object.freeze({
    ...API_HEADERS,
    'Content-Type': 'text/calendar; charset=utf-8',
    'Cache-Control': `${scope}, no-cache`,
    'X-Robots-Tag': 'noindex',
  })

/** The part of an address before `.ics`; undefined without it. */
export const feedNameIn = (segment: string): string | undefined => /^(.+)\.ics$/.exec(segment)?.[1]

/** Where feeds begin now. */
export const startOfFeeds = ({ now }: Pick<ServiceContext, 'now'>): Instant => feedStart(now())

/** The response with a feed, or `304`. @throws Failure `too_large`, `busy`, `unavailable` */
export async function respondFeed(
  request: HttpRequest,
  subject: FeedSubject,
  view: FeedView,
  context: ServiceContext,
  headers: HttpResponse['headers'],
): Promise<HttpResponse> {
  const release = await making.acquire()
  try {
    const body = await feedBody(await feedEvents(subject, startOfFeeds(context), context), view)
    request.admission.reserveResponse(body)
    return await respondRevalidated(body, undefined, request, headers)
  } finally {
    release()
  }
}
