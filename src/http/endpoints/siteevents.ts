import * as z from 'zod'
import { viewerOf } from '../../domain/access.ts'
import { Failure } from '../../domain/failure.ts'
import { assertWindow } from '../../service/queries.ts'
import { siteQuery } from '../../service/site-query.ts'
import { time } from '../../wire/event-input.ts'
import { responses } from '../../wire/responses.ts'
import { MAX_POLL_SECONDS } from '../admission/poll.ts'
import { defineEndpoint } from '../endpoint.ts'
import { withProjects } from '../projects-of-list.ts'
import { EVENT } from './examples.ts'
import { MAX_SITES, sites, sitesIn } from './shared.ts'

export const siteEvents = defineEndpoint({
  name: 'siteevents',
  kind: 'read',
  access: 'anyone',
  summary: 'The reservations at one or several sites',
  description:
    'All that overlaps `[start, end)`, by start; always the whole list. ' +
    'With `full_project_details` each event that has a project has a `project` too: complete for its owner, admins and services. ' +
    'If there are no details it is `Project not found.`, and if the projects service was not asked, `Project not looked up.`',
  input: z.looseObject({
    site: sites,
    start: time,
    end: time,
    // Only the boolean counts. Anything else is ignored, so that an observatory gets its schedule.
    full_project_details: z.boolean().optional().catch(undefined),
  }),
  output: responses.siteevents,
  maxEntries: { site: MAX_SITES },
  errors: [400],
  example: { input: { site: 'saf', start: '2030-06-17T18:00:00Z', end: '2030-06-24T18:00:00Z' }, answer: [EVENT] },
  polledSite({ site, start, end }) {
    const [one, another] = sitesIn(site)
    return another === undefined && end - start <= MAX_POLL_SECONDS ? one : undefined
  },
  dependsOn: ({ site, full_project_details: hasDetails }) => (hasDetails ? undefined : sitesIn(site)),
  async handle(input, { actor, context, projects, maxWindowDays, admission }) {
    const during = { start: input.start, end: input.end }
    assertWindow(during, maxWindowDays)
    const query = siteQuery(sitesIn(input.site), during, context)
    if (input.full_project_details)
      return { bytes: await withProjects(query, viewerOf(actor), context.store, projects) }
    const bytesOf = (maxBytes?: number) => context.store.listBytes(query, viewerOf(actor), maxBytes)
    if (!admission.isPoll()) return { bytes: await bytesOf() }
    // Polls skip the queue, so they may read little. A longer list is queued like any other request.
    const short = await bytesOf(admission.maxReadBytes()).catch((error: unknown) => {
      if (!(error instanceof Failure) || error.code !== 'too_large') throw error
    })
    if (short) return { bytes: short }
    await admission.enqueue()
    return { bytes: await bytesOf() }
  },
})
