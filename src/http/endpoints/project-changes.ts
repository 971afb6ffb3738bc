import { z } from 'zod'
import { type AttachResult, attachProject, MAX_ATTACHED, MAX_REFERENCES } from '../../service/attach-project.ts'
import { expireLco } from '../../service/expire-lco.ts'
import { withMeter } from '../../service/metered.ts'
import type { ServiceContext } from '../../service/context.ts'
import { MAX_ID_LENGTH, type Reference } from '../../domain/reservation.ts'
import { isLongerThan } from '../../domain/text.ts'
import { eventId, projectId, siteCode, time } from '../../wire/event.ts'
import { writeProjectId } from '../../wire/project-id.ts'
import { parseTime } from '../../wire/time.ts'
import { openCharge, writesOf } from '../admission/charge.ts'
import { type Call, defineEndpoint, type Endpoint, required, requiredKeys } from '../endpoint.ts'
import { EVENT } from './examples.ts'
import { jsonList } from '../json-list.ts'

/** What an entry of a list may be, as the documentation has it: an id, an id with its start, or a whole event. */
const ENTRY = z.toJSONSchema(z.union([eventId, z.object({ event_id: eventId, start: time.nullish() })]), { io: 'input', unrepresentable: 'any' })

/** Judged by hand: of thousands that are wrong, a union of schemas would tell at length in how many ways. */
const entry = z
  .unknown()
  .transform((input, context): Reference => {
    const reference = referenceOf(input)
    if (!reference) context.addIssue('must be an event_id of 1 to 128 characters, or an object with one and, if it has a start, a time there')
    return reference ?? z.NEVER
  })
  .meta({ anyOf: ENTRY.anyOf })

function referenceOf(input: unknown): Reference | undefined {
  const { event_id: id, start } = typeof input === 'string' ? { event_id: input } : ((input ?? {}) as { event_id?: unknown; start?: unknown })
  if (typeof id !== 'string' || id === '' || isLongerThan(id, MAX_ID_LENGTH)) return undefined
  if (start === undefined || start === null) return { id }
  const instant = typeof start === 'string' ? parseTime(start) : undefined
  return instant === undefined ? undefined : { id, start: instant }
}

const entries = z.array(entry, 'must be a list')
/** Of whomever: others than admins and services may attach to fewer. */
const maxEntries = { events: MAX_REFERENCES }
const MEGABYTE = 1_048_576

/**
 * These three are open to programs that do not sign in, but not to any amount of their work: what they change counts,
 * large events as what is written of them, and a call that changes nothing as one, which was taken when it came.
 *
 * @param maxChanges how many it may change, where that is known beforehand
 * @throws Failure `rate_limited`, with nothing changed
 */
async function chargeQuota<T>(call: Call, maxChanges: number, work: (context: ServiceContext) => Promise<T>): Promise<T> {
  const { actor, admission: { address }, context: world, anonymousQuota } = call
  if (actor.role !== 'anonymous') return work(world)
  const charged = Math.max(1, maxChanges)
  // In place of the one: who is refused has used nothing.
  anonymousQuota.refund(address, 1)
  anonymousQuota.take(address, charged)
  const bill = openCharge([{ allowance: anonymousQuota, name: address, charged, unitsOf: ({ changes, bytes }) => Math.max(changes, writesOf(bytes)) }])
  try {
    return await work(withMeter(world, bill.add))
  } finally {
    bill.settle()
  }
}

const attachResponse = async (attached: readonly AttachResult[]) => ({ bytes: await jsonList(attached, ({ id, status }) => ({ event_id: id, status })) })

const UPDATED = [{ event_id: EVENT.event_id, status: 'updated' }]
const GUARDED = ' Unless signed in as an admin or a service: only what has not ended'

const addInput = z.object({ project_id: projectId.nullish(), events: entries.nullish() })

const addProject = defineEndpoint<z.output<typeof addInput>>({
  name: 'add-projects-to-events',
  kind: 'write',
  access: 'guarded',
  summary: 'Attach a project to reservations',
  description: `One entry for each event: \`updated\`, \`not_found\` or \`finished\` (it has ended and stays as it is).${GUARDED}, and at most ${MAX_ATTACHED} at a time.`,
  input: addInput,
  missingKeys: requiredKeys('project_id', 'events'),
  maxEntries,
  errors: [400, 401, 429],
  example: {
    input: { project_id: 'M31 LRGB#2030-06-01T00:00:00Z', events: [{ event_id: EVENT.event_id, start: EVENT.start }] },
    answer: UPDATED,
  },
  async handle(input, call) {
    const events = required(input.events)
    return attachResponse(await chargeQuota(call, events.length, (context) => attachProject(input.project_id ?? undefined, events, call.actor, context)))
  },
})

const removeInput = z.object({ events: entries.nullish() })

const removeProject = defineEndpoint<z.output<typeof removeInput>>({
  name: 'remove-project-from-events',
  kind: 'write',
  access: 'guarded',
  summary: 'Take the project off reservations',
  description: `The same list as add-projects-to-events, of up to ${MAX_REFERENCES}, in a body of up to 1 MB.${GUARDED}.`,
  input: removeInput,
  missingKeys: requiredKeys('events'),
  maxEntries,
  maxBytes: MEGABYTE,
  errors: [400, 401, 429],
  example: { input: { events: [EVENT.event_id] }, answer: UPDATED },
  async handle(input, call) {
    const events = required(input.events)
    return attachResponse(await chargeQuota(call, events.length, (context) => attachProject(undefined, events, call.actor, context)))
  },
})

const expireInput = z.looseObject({ site: siteCode.nullish(), cutoff_time: time.nullish() })

const removeExpired = defineEndpoint<z.output<typeof expireInput>>({
  name: 'remove-expired-lco-schedule',
  kind: 'write',
  access: 'guarded',
  summary: "Clear the LCO scheduler's own blocks",
  description: 'Removes events of origin `lco` that start after the cutoff; answers the distinct project ids they had. Without signing in, only what has not ended.',
  input: expireInput,
  missingKeys: requiredKeys('site', 'cutoff_time'),
  errors: [400, 401, 429],
  example: { input: { site: 'saf', cutoff_time: '2030-06-20T00:00:00Z' }, answer: ['M31 LRGB#2030-06-01T00:00:00Z'] },
  async handle({ site, cutoff_time: cutoff }, call) {
    const projects = await chargeQuota(call, 1, (context) => expireLco(required(site), required(cutoff), call.actor, context))
    return { bytes: await jsonList(projects, writeProjectId) }
  },
})

export const projectChangeEndpoints: readonly Endpoint[] = [addProject, removeProject, removeExpired]
