import { z } from 'zod'
import { type Attached, attachProject, MOST_ATTACHED, MOST_TOGETHER } from '../service/attach-project.ts'
import { expireLco } from '../service/expire-lco.ts'
import { metered } from '../service/metered.ts'
import type { World } from '../service/world.ts'
import { LONGEST_ID, type Reference } from '../domain/reservation.ts'
import { isLongerThan } from '../domain/text.ts'
import { eventId, projectId, siteCode, time } from '../wire/event.ts'
import { writeProjectId } from '../wire/project-id.ts'
import { parseTime } from '../wire/time.ts'
import { openBill, writesOf } from './admission/bill.ts'
import { type Call, endpoint, type Endpoint, given, requiring } from './endpoint.ts'
import { EVENT } from './examples.ts'
import { jsonList } from './json-list.ts'

/** What an entry of a list may be, as the documentation has it: an id, an id with its start, or a whole event. */
const ENTRY = z.toJSONSchema(z.union([eventId, z.object({ event_id: eventId, start: time.nullish() })]), { io: 'input', unrepresentable: 'any' })

/** Judged by hand: of thousands that are wrong, a union of schemas would tell at length in how many ways. */
const entry = z
  .unknown()
  .transform((given, context): Reference => {
    const reference = referenceOf(given)
    if (!reference) context.addIssue('must be an event_id of 1 to 128 characters, or an object with one and, if it has a start, a time there')
    return reference ?? z.NEVER
  })
  .meta({ anyOf: ENTRY.anyOf })

function referenceOf(given: unknown): Reference | undefined {
  const { event_id: id, start } = typeof given === 'string' ? { event_id: given } : ((given ?? {}) as { event_id?: unknown; start?: unknown })
  if (typeof id !== 'string' || id === '' || isLongerThan(id, LONGEST_ID)) return undefined
  if (start === undefined || start === null) return { id }
  const instant = typeof start === 'string' ? parseTime(start) : undefined
  return instant === undefined ? undefined : { id, start: instant }
}

const entries = z.array(entry, 'must be a list')
/** Of whomever: others than admins and services may attach to fewer. */
const mostEntries = { events: MOST_TOGETHER }
const MEGABYTE = 1_048_576

/**
 * These three are open to programs that do not sign in, but not to any amount of their work: what they change counts,
 * large events as what is written of them, and a call that changes nothing as one, which was taken when it came.
 *
 * @param most how many it may change, where that is known beforehand
 * @throws Failure `rate_limited`, with nothing changed
 */
async function counting<T>(call: Call, most: number, work: (world: World) => Promise<T>): Promise<T> {
  const { by, admission: { address }, world, strangers } = call
  if (by.role !== 'anonymous') return work(world)
  const taken = Math.max(1, most)
  // In place of the one: who is refused has used nothing.
  strangers.give(address, 1)
  strangers.take(address, taken)
  const bill = openBill([{ allowance: strangers, name: address, taken, unitsOf: ({ changes, bytes }) => Math.max(changes, writesOf(bytes)) }])
  try {
    return await work(metered(world, bill.add))
  } finally {
    bill.settle()
  }
}

const listed = async (attached: readonly Attached[]) => ({ bytes: await jsonList(attached, ({ id, status }) => ({ event_id: id, status })) })

const UPDATED = [{ event_id: EVENT.event_id, status: 'updated' }]
const GUARDED = ' Unless signed in as an admin or a service: only what has not ended'

const addInput = z.object({ project_id: projectId.nullish(), events: entries.nullish() })

const addProject = endpoint<z.output<typeof addInput>>({
  name: 'add-projects-to-events',
  kind: 'write',
  askers: 'guarded',
  summary: 'Attach a project to reservations',
  description: `One entry for each event: \`updated\`, \`not_found\` or \`finished\` (it has ended and stays as it is).${GUARDED}, and at most ${MOST_ATTACHED} at a time.`,
  input: addInput,
  missing: requiring('project_id', 'events'),
  mostEntries,
  errors: [400, 401, 429],
  example: {
    input: { project_id: 'M31 LRGB#2030-06-01T00:00:00Z', events: [{ event_id: EVENT.event_id, start: EVENT.start }] },
    answer: UPDATED,
  },
  async handle(input, call) {
    const events = given(input.events)
    return listed(await counting(call, events.length, (world) => attachProject(input.project_id ?? undefined, events, call.by, world)))
  },
})

const removeInput = z.object({ events: entries.nullish() })

const removeProject = endpoint<z.output<typeof removeInput>>({
  name: 'remove-project-from-events',
  kind: 'write',
  askers: 'guarded',
  summary: 'Take the project off reservations',
  description: `The same list as add-projects-to-events, of up to ${MOST_TOGETHER}, in a body of up to 1 MB.${GUARDED}.`,
  input: removeInput,
  missing: requiring('events'),
  mostEntries,
  mostBytes: MEGABYTE,
  errors: [400, 401, 429],
  example: { input: { events: [EVENT.event_id] }, answer: UPDATED },
  async handle(input, call) {
    const events = given(input.events)
    return listed(await counting(call, events.length, (world) => attachProject(undefined, events, call.by, world)))
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
    const projects = await counting(call, 1, (world) => expireLco(given(site), given(cutoff), call.by, world))
    return { bytes: await jsonList(projects, writeProjectId) }
  },
})

export const tending: readonly Endpoint[] = [addProject, removeProject, removeExpired]
