import { type Asked, stubServer } from './server.ts'

type Answer = { status: number; body?: unknown } | 'breaks off'

/** One thing that a projects service was told and has done. */
export interface Delivery {
  readonly verb: string
  /** As `M31#2030-01-01`. */
  readonly project: string
  readonly id: string
}

/** What becomes of one request: by and by it is to `carryOut` what it was asked, or is not, and answers. */
export type ServiceFault = (asked: Asked, carryOut: () => Answer) => Answer | Promise<Answer>

const atOnce: ServiceFault = (_, carryOut) => carryOut()

/**
 * A projects service on loopback. The one of the network knows only how to add, answers with a 502 for a project it does
 * not know, and its gateway with a 403 to what it has no route for; a fork of it can `remove` as well.
 */
export async function projectsService({
  unknown = [],
  removes = false,
  fault = atOnce,
}: { unknown?: readonly string[]; removes?: boolean; fault?: ServiceFault } = {}) {
  /** What has been done, in its order. */
  const deliveries: Delivery[] = []
  /** The reservations each project lists: those that are told of twice, twice. */
  const scheduled = new Map<string, string[]>()
  let faultPlan = fault

  function carryOut({ verb, body }: Asked): Answer {
    const [project, id] = [`${String(body['project_name'])}#${String(body['created_at'])}`, String(body['event_id'])]
    if (verb !== 'add-project-event' && !(removes && verb === 'remove-project-event'))
      return { status: 403, body: { message: 'Missing Authentication Token' } }
    if (unknown.includes(project)) return { status: 502, body: { message: 'Internal server error' } }
    deliveries.push({ verb, project, id })
    const listed = scheduled.get(project) ?? []
    scheduled.set(project, verb === 'add-project-event' ? [...listed, id] : listed.filter((one) => one !== id))
    return { status: 200, body: 'ok' }
  }

  const { url, port, asked, stop } = await stubServer((one) => faultPlan(one, () => carryOut(one)))
  return {
    url,
    port,
    /** All that was asked, done or not. */
    asked,
    tellings: deliveries,
    scheduled,
    stop,
    /** From now on. */
    turn: (next: ServiceFault = atOnce) => void (faultPlan = next),
    /** The tellings about one reservation and project, as `add` and `remove`. */
    toldOf: (id: string, project: string) =>
      deliveries
        .filter((one) => one.id === id && one.project === project)
        .map(({ verb }) => verb.replace('-project-event', '')),
  }
}
