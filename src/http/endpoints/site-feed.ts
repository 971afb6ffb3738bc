import { Failure } from '../../domain/failure.ts'
import { viewerOf } from '../../domain/access.ts'
import { anonymous } from '../../domain/observer.ts'
import type { Site } from '../../domain/site.ts'
import { quoted } from '../../domain/text.ts'
import { getRoute, type HttpRequest, type HttpResponse, type Route } from '../exchange.ts'
import { feedHeaders, feedNameIn, respondFeed, startOfFeeds } from '../feed-response.ts'
import { KnownTags } from '../known-tags.ts'
import type { AppOptions } from '../options.ts'

const HEADERS = feedHeaders('public')
const ANYONE = viewerOf(anonymous)

/** `GET` only: the reservations of a telescope as iCalendar, masked for everybody. */
export function siteFeedRoutes({ base, context }: AppOptions): Route[] {
  const tags = new KnownTags({ dependsOn: (input) => [(input as Site).code] }, context, HEADERS)
  return [
    getRoute(
      `${base}/sites/:site.ics`,
      (request, segment) => respondSite(request, segment, context, tags),
      (segment) => context.sites.has(feedNameIn(segment) ?? ''),
    ),
  ]
}

async function respondSite(
  request: HttpRequest,
  segment: string,
  context: AppOptions['context'],
  tags: KnownTags,
): Promise<HttpResponse> {
  const name = feedNameIn(segment)
  const site = context.sites.get(name ?? '')
  if (!site) throw new Failure('not_found', `There is no feed of a telescope ${quoted(name ?? segment, 32)}.`)
  await request.admission.nextSlice()
  const view = { name: site.name, viewer: ANYONE, site, sites: context.sites, isBusy: false }
  // The same reservations make another feed on another day.
  const key = `${site.code} ${startOfFeeds(context)}`
  return tags.revalidate(request, { key, input: site }, () =>
    respondFeed(request, { site: site.code }, view, context, HEADERS),
  )
}
