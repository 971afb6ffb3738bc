import { z } from 'zod'
import { viewerOf } from '../../domain/access.ts'
import { Failure } from '../../domain/failure.ts'
import { assertWindow } from '../../service/queries.ts'
import { time } from '../../wire/event-input.ts'
import { event } from '../../wire/responses.ts'
import { MAX_POLL_SECONDS } from '../admission/poll.ts'
import { defineEndpoint } from '../endpoint.ts'
import { withProjects } from '../projects-of-list.ts'
import { EVENT } from './examples.ts'
import { MAX_SITES, sites } from './shared.ts'

export const siteEvents = defineEndpoint({
  name: 'siteevents',
  kind: 'read',
  access: 'anyone',
  summary: 'What is reserved at a site, or at several',
  description:
    'All that overlaps `[start, end)`, by start; always the whole list. ' +
    'With `full_project_details` each event that has a project has a `project` too: whole for whose project it is, admins and services. ' +
    'Where there is none to be had it is `Project not found.`, and where the projects service was not asked, `Project not looked up.`',
  input: z.looseObject({
    site: sites,
    start: time,
    end: time,
    // Only the boolean asks for it; anything else there is no reason to leave an observatory without its schedule.
    full_project_details: z.boolean().optional().catch(undefined),
  }),
  output: z.array(event),
  maxEntries: { site: MAX_SITES },
  errors: [400],
  example: { input: { site: 'saf', start: '2030-06-17T18:00:00Z', end: '2030-06-24T18:00:00Z' }, answer: [EVENT] },
  polledSite({ site, start, end }) {
    const [one, another] = [site].flat()
    return another === undefined && end - start <= MAX_POLL_SECONDS ? one : undefined
  },
  async handle(input, { actor, context, projects, maxWindowDays, admission }) {
    const during = { start: input.start, end: input.end }
    assertWindow(during, maxWindowDays)
    const query = { sites: [input.site].flat(), during }
    if (input.full_project_details) return { bytes: await withProjects(query, viewerOf(actor), context.store, projects) }
    const bytesOf = (maxBytes?: number) => context.store.listBytes(query, viewerOf(actor), maxBytes)
    // For a poll, which went before all else, only little is read; for a longer list it stands in line like all else.
    const short = await bytesOf(admission.maxReadBytes()).catch((error: unknown) => {
      if (admission.maxReadBytes() === Infinity || !(error instanceof Failure) || error.code !== 'too_large') throw error
    })
    if (short) return { bytes: short }
    await admission.enqueue()
    return { bytes: await bytesOf() }
  },
})
