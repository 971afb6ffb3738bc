import { observerOfSecret } from '../../service/calendar-feeds.ts'
import { getRoute, type HttpRequest, type HttpResponse, type Route } from '../exchange.ts'
import { feedHeaders, feedNameIn, respondFeed } from '../feed-response.ts'
import type { AppOptions } from '../options.ts'

const HEADERS = feedHeaders('private')

/** `GET` only: an observer's reservations as iCalendar. Whoever knows the address may read them. */
export const secretFeedRoutes = ({ base, context }: AppOptions): Route[] => [
  getRoute(
    `${base}/feeds/:secret.ics`,
    (request, segment) => respondSecret(request, segment, context),
    // Whether it is a secret is for no other method to say.
    (segment) => feedNameIn(segment) !== undefined,
  ),
]

async function respondSecret(
  request: HttpRequest,
  segment: string,
  context: AppOptions['context'],
): Promise<HttpResponse> {
  const observer = await observerOfSecret(feedNameIn(segment) ?? '', context)
  await request.admission.nextSlice()
  const view = {
    name: 'My telescope reservations',
    viewer: { sees: 'own', observer } as const,
    sites: context.sites,
    isBusy: true,
  }
  return respondFeed(request, { observer }, view, context, HEADERS)
}
