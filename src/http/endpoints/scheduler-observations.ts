import * as z from 'zod'
import { viewerOf } from '../../domain/access.ts'
import { assertWindow } from '../../service/queries.ts'
import { siteCode, time } from '../../wire/event-input.ts'
import { responses } from '../../wire/responses.ts'
import { defineEndpoint } from '../endpoint.ts'
import { OBSERVATION } from './examples.ts'

const NONE = Buffer.from('[]')

export const schedulerObservations = defineEndpoint({
  name: 'scheduler-observations',
  kind: 'read',
  access: 'anyone',
  summary: "The LCO scheduler's observations at a telescope",
  description:
    'All that overlap `[start, end)`, by start, from the observation portal of the telescope: what is planned, running or over, ' +
    'but not what was canceled. At most half a minute old. Empty for a telescope without a portal; 502 if the portal does not ' +
    'answer, or not with a whole schedule.',
  input: z.looseObject({ site: siteCode, start: time, end: time }),
  output: responses['scheduler-observations'],
  errors: [400, 502],
  example: {
    input: { site: 'mrc1', start: '2030-06-17T18:00:00Z', end: '2030-06-24T18:00:00Z' },
    answer: [OBSERVATION],
  },
  async handle({ site, start, end }, { actor, portals, maxWindowDays }) {
    assertWindow({ start, end }, maxWindowDays)
    const lists = await portals?.observations(site, { start, end })
    if (!lists) return { bytes: NONE }
    return { bytes: viewerOf(actor).sees === 'everything' ? lists.whole : lists.masked }
  },
})
