import { setImmediate as aTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { DAY } from '../../src/domain/interval.ts'
import type { OutboxMessage } from '../../src/domain/outbox-message.ts'
import { writeProjectId } from '../../src/wire/project-id.ts'
import { attachProject } from '../../src/service/attach-project.ts'
import { projectsDestination } from '../../src/background/projects-destination.ts'
import { reserve } from '../../src/service/reserve.ts'
import { projectsAt } from '../../src/sources/projects.ts'
import type { Store } from '../../src/store/port.ts'
import { toProjects } from '../outbox.ts'
import { type ServiceFault, projectsService } from '../projects-service.ts'
import { ada, proposed, worldOf } from '../context.ts'
import { type Mortal, openMortalWorkers, seededRandom, twoOverAFile, twoOverATable } from './mortal-workers.ts'

const PROJECTS = ['M31', 'M42', 'NGC 7000'].map((name) => ({ name, createdAt: '2030-01-01' }))
const RESERVATIONS = 6
/** The maximal delay after which a timed out request is still processed, in seconds: as long as a gateway lets a function run. */
const LATEST = 29
/** A worker ends its claims within this many seconds, or has died. */
const MAX_DELIVERY = 9

const keyOf = (message: OutboxMessage) => {
  const { reservation, project } = toProjects(message)
  return `${reservation} ${writeProjectId(project)}`
}

/**
 * Writers attach and detach projects at random, while two workers deliver to a projects service that is slow, fails, closes
 * connections and processes requests late; and workers die. The test sets the clock: it advances as far as the living
 * workers can keep up.
 */
async function runHistory(stores: readonly Store[], seed: number, changes: number) {
  const roll = seededRandom(seed)
  const context = worldOf(stores[0]!, { hasProjectsService: true, sites: new Map() })
  /** What the service will do at a given time. */
  const late: { at: number; carryOut: () => void }[] = []
  /** By reservation and project: the requests in flight, the revisions delivered, and the messages received. */
  const telling = new Map<string, number>()
  const settled = new Map<string, number>()
  const arrived = new Map<string, number[]>()
  const fault: ServiceFault = async ({ body }, carry) => {
    const key = `${String(body['event_id'])} ${String(body['project_name'])}#${String(body['created_at'])}`
    const revision = telling.get(key) ?? -1
    const carryOut = () => {
      arrived.set(key, [...(arrived.get(key) ?? []), revision])
      return carry()
    }
    const fate = roll()
    for (let turns = Math.floor(roll() * 8); turns > 0; turns -= 1) await aTurn()
    if (fate < 0.1) return 'breaks off'
    if (fate < 0.2) return { status: 502 }
    if (fate < 0.3) {
      late.push({ at: context.time + roll() * LATEST, carryOut })
      return roll() < 0.5 ? 'breaks off' : { status: 504 }
    }
    const answer = carryOut()
    return fate < 0.4 ? 'breaks off' : answer
  }
  const service = await projectsService({ removes: true, fault })
  const faults: string[] = []

  const destinationOf = ({ claims, isDead }: Mortal) => {
    const projects = projectsAt(service.url)
    const claimOf = (message: OutboxMessage) => [...claims].find((claim) => claim.message === message)
    return projectsDestination({
      projects: {
        async deliver(message) {
          const [key, revision] = [keyOf(message), claimOf(message)?.revision ?? -1]
          if (telling.has(key)) faults.push(`${key} is told twice at once`)
          if (settled.get(key) === revision) faults.push(`${key} is told again of revision ${revision}`)
          if ((settled.get(key) ?? 0) > revision)
            faults.push(`${key} is told of revision ${revision} after ${settled.get(key)}`)
          telling.set(key, revision)
          const reported = await projects.deliver(message)
          telling.delete(key)
          // A worker that dies now cannot record the outcome, so the message is delivered again.
          if (reported.outcome === 'delivered' && !isDead()) settled.set(key, revision)
          return reported
        },
      },
      now: context.now,
      random: roll,
      maxAge: 30 * DAY,
    })
  }
  const { advance, finish, counts } = openMortalWorkers({
    stores,
    context,
    roll,
    maxDelivery: MAX_DELIVERY,
    mortality: 0.15,
    destinationOf,
    faults,
    onDeath(claims) {
      // Whether its open claims were delivered is unknown.
      for (const { message, revision } of claims)
        if (settled.get(keyOf(message)) === revision) settled.set(keyOf(message), revision - 1)
    },
    onSecond() {
      for (const one of late.filter(({ at }) => at <= context.time)) {
        late.splice(late.indexOf(one), 1)
        one.carryOut()
      }
    },
  })

  const ids = (
    await Promise.all(
      Array.from({ length: RESERVATIONS }, (_, n) =>
        reserve(proposed({ id: `r${seed}-${n}`, site: `s${seed}-${n}` }), ada, { override: false }, context),
      ),
    )
  ).map(({ reservation }) => reservation.id)
  const write = async (store: Store) => {
    for (let n = 0; n < changes; n += 1) {
      const [id, project] = [ids[Math.floor(roll() * ids.length)]!, [undefined, ...PROJECTS][Math.floor(roll() * 4)]]
      await attachProject(project, [{ id }], ada, { ...context, now: context.now, store })
      if (roll() < 0.5) await advance(Math.floor(roll() * 3))
    }
  }
  await Promise.all([...stores, ...stores].map(write))
  await finish(async () => (await stores[0]!.outbox.backlog()).depth === 0 && late.length === 0, 5)

  const histories = await Promise.all(ids.map(async (id) => [id, await stores[0]!.history(id)] as const))
  return { service, arrived, faults, histories, counts, left: await stores[0]!.outbox.backlog() }
}

describe.each([
  ['SQLite', twoOverAFile, 200, [1, 2]],
  ['DynamoDB', () => twoOverATable({ quotas: true }), 30, [4]],
] as const)('two workers with one store that die from time to time (%s)', (_, open, changes, seeds) => {
  it.each(seeds)(
    'deliver every message in the end, none after a newer one, and none twice except after a lapse: seed %i',
    async (seed) => {
      const stores = await open()
      const { service, arrived, faults, histories, counts, left } = await runHistory(stores, seed, changes)
      expect(faults).toEqual([])
      expect(left).toMatchObject({ depth: 0 })
      expect(counts.kills).toBeGreaterThan(0)
      expect(counts.lapsed).toBeGreaterThan(0)
      for (const [id, history] of histories) {
        for (const project of PROJECTS.map(writeProjectId)) {
          const happened = history.filter(
            ({ before, after }) =>
              (writeProjectId(before?.project) === project) !== (writeProjectId(after?.project) === project),
          )
          const reported = arrived.get(`${id} ${project}`) ?? []
          expect(reported, `${id} ${project}`).toEqual(reported.toSorted((a, b) => a - b))
          expect(reported.at(-1), `${id} ${project}`).toBe(happened.at(-1)?.number)
          const stands = writeProjectId(history.at(-1)?.after?.project) === project
          expect(service.scheduled.get(project)?.includes(id) ?? false).toBe(stands)
        }
      }
      await Promise.all(stores.map((store) => store.close()))
    },
  )
})
