import { z } from 'zod'
import { type Attached, attachProject } from '../service/attach-project.ts'
import { expireLco } from '../service/expire-lco.ts'
import type { Reference } from '../domain/reservation.ts'
import { eventId, projectId, siteCode, time } from '../wire/event.ts'
import { writeProjectId } from '../wire/project-id.ts'
import { type Call, endpoint, type Endpoint, given, requiring } from './endpoint.ts'
import { EVENT } from './examples.ts'

/** An entry of a list: an id, an id with its start, or a whole event. */
const entry = z
  .union([eventId, z.looseObject({ event_id: eventId, start: time.nullish() })], {
    error: 'must be an event_id of 1 to 128 characters, or an object with one and, if it has a start, a time there',
  })
  .transform((given): Reference => {
    if (typeof given === 'string') return { id: given }
    return { id: given.event_id, ...(given.start != null && { start: given.start }) }
  })

const entries = z.array(entry, 'must be a list')
/** Of whomever: others than admins and services may name fewer. */
const mostEntries = { events: 5000 }

/** These three are open to programs that do not sign in, but not to any number of their requests. */
async function assertNotTooOften({ by, address, assertNotTooOften }: Call): Promise<void> {
  if (by.role === 'anonymous') await assertNotTooOften(address)
}

const listed = (attached: readonly Attached[]) => ({ value: attached.map(({ id, status }) => ({ event_id: id, status })) })

const UPDATED = [{ event_id: EVENT.event_id, status: 'updated' }]
const GUARDED = ' Unless signed in as an admin or a service: at most 200 at a time, and only what has not ended.'

const addInput = z.looseObject({ project_id: projectId.nullish(), events: entries.nullish() })

const addProject = endpoint<z.output<typeof addInput>>({
  name: 'add-projects-to-events',
  kind: 'write',
  askers: 'guarded',
  summary: 'Attach a project to reservations',
  description: `One entry for each event: \`updated\`, \`not_found\` or \`finished\` (it has ended and stays as it is).${GUARDED}`,
  input: addInput,
  missing: requiring('project_id', 'events'),
  mostEntries,
  errors: [400, 401, 429],
  example: {
    input: { project_id: 'M31 LRGB#2030-06-01T00:00:00Z', events: [{ event_id: EVENT.event_id, start: EVENT.start }] },
    answer: UPDATED,
  },
  async handle(input, call) {
    await assertNotTooOften(call)
    return listed(await attachProject(input.project_id ?? undefined, given(input.events), call.by, call.world))
  },
})

const removeInput = z.looseObject({ events: entries.nullish() })

const removeProject = endpoint<z.output<typeof removeInput>>({
  name: 'remove-project-from-events',
  kind: 'write',
  askers: 'guarded',
  summary: 'Take the project off reservations',
  description: `The same list as add-projects-to-events.${GUARDED}`,
  input: removeInput,
  missing: requiring('events'),
  mostEntries,
  errors: [400, 401, 429],
  example: { input: { events: [EVENT.event_id] }, answer: UPDATED },
  async handle(input, call) {
    await assertNotTooOften(call)
    return listed(await attachProject(undefined, given(input.events), call.by, call.world))
  },
})

const expireInput = z.looseObject({ site: siteCode.nullish(), cutoff_time: time.nullish() })

const removeExpired = endpoint<z.output<typeof expireInput>>({
  name: 'remove-expired-lco-schedule',
  kind: 'write',
  askers: 'guarded',
  summary: "Clear the LCO scheduler's own blocks",
  description: 'Removes events of origin `lco` that start after the cutoff; answers the distinct project ids they had. Without signing in, only what has not ended.',
  input: expireInput,
  missing: requiring('site', 'cutoff_time'),
  errors: [400, 401, 429],
  example: { input: { site: 'saf', cutoff_time: '2030-06-20T00:00:00Z' }, answer: ['M31 LRGB#2030-06-01T00:00:00Z'] },
  async handle({ site, cutoff_time: cutoff }, call) {
    await assertNotTooOften(call)
    return { value: (await expireLco(given(site), given(cutoff), call.by, call.world)).map(writeProjectId) }
  },
})

export const tending: readonly Endpoint[] = [addProject, removeProject, removeExpired]
