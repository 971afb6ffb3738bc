import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { DAY, HOUR } from '../../src/domain/interval.ts'
import { anonymous } from '../../src/domain/observer.ts'
import type { Project } from '../../src/domain/project.ts'
import { attachProject } from '../../src/service/attach-project.ts'
import { type OutboxWorkerOptions, openOutboxWorker, type DeliveryOutcome } from '../../src/background/outbox-worker.ts'
import { projectsDestination } from '../../src/background/projects-destination.ts'
import { reserve } from '../../src/service/reserve.ts'
import { projectsAt } from '../../src/sources/projects.ts'
import type { Store } from '../../src/store/port.ts'
import { waiting } from '../outbox.ts'
import { type ServiceFault, projectsService } from '../projects-service.ts'
import { ada, memoryStore, type TestWorld, TODAY, proposed, worldOf } from '../context.ts'

const M31 = { name: 'M31', createdAt: '2030-01-01' }
const M42 = { name: 'M42', createdAt: '2030-01-01' }
const [IN_M31, IN_M42] = ['M31#2030-01-01', 'M42#2030-01-01'] as const

let store: Store
let context: TestWorld
let service: Awaited<ReturnType<typeof projectsService>>
let outcomes: DeliveryOutcome[]

beforeEach(async () => {
  store = memoryStore()
  onTestFinished(() => store.close())
  context = worldOf(store, { hasProjectsService: true, sites: new Map() })
  service = await projectsService({ removes: true })
  outcomes = []
})

let tokens = 0

/** Another process with the same store. */
const worker = ({ random = () => 0, ...overrides }: Partial<OutboxWorkerOptions & { random: () => number }> = {}) =>
  openOutboxWorker({
    outbox: store.outbox,
    destination: projectsDestination({
      projects: projectsAt(`${service.url}/`),
      now: overrides.now ?? context.now,
      random,
      maxAge: DAY,
    }),
    now: context.now,
    elapsed: context.now,
    newToken: () => `token-${++tokens}`,
    onOutcome: (_, outcome) => outcomes.push(outcome),
    onError: (error) => expect.fail(String(error)),
    ...overrides,
  })

const make = async (project: Project | undefined = M31) =>
  (await reserve(proposed({ project, site: `told-${++tokens}` }), ada, { override: false }, context)).reservation
const attach = (project: Project | undefined, ...ids: string[]) =>
  attachProject(
    project,
    ids.map((id) => ({ id })),
    ada,
    context,
  )

const answering =
  (status: number): ServiceFault =>
  () => ({ status })

/** Holds back all requests until they are released in order. */
function holding() {
  const held: (() => void)[] = []
  const fault: ServiceFault = async (_, carryOut) => {
    await new Promise<void>((resolve) => held.push(resolve))
    return carryOut()
  }
  return { befalls: fault, held, letGo: () => held.splice(0).forEach((go) => go()) }
}

describe('a clock that is put back', () => {
  it('delays a failed message for its own delay and some minutes at most', async () => {
    await make()
    service.turn(answering(500))
    await worker().drain()
    service.turn()
    const [at, jump] = [context.now(), 30 * 60]
    const now = () => at - jump
    expect(await worker({ now }).drain()).toBe('idle')
    expect(outcomes).toEqual(['postponed', 'delivered'])
  })

  it('does not make a message in flight seem lapsed', async () => {
    const { befalls: fault, held, letGo } = holding()
    service.turn(fault)
    const { id } = await make()
    let [setAt, seconds] = [TODAY, 0]
    const one = worker({ now: () => setAt + seconds, elapsed: () => seconds })
    const before = one.drain()
    await vi.waitFor(() => expect(held).toHaveLength(1))
    // Another message replaces it, and the clock is set back by a day.
    await attach(undefined, id)
    setAt -= DAY
    seconds += 1
    expect(await one.drain()).toBe('idle')
    expect(held).toHaveLength(1)
    letGo()
    await before
    seconds += 39
    expect(await one.drain()).toBe('idle')
    expect(service.toldOf(id, IN_M31)).toEqual(['add'])
    seconds += 1
    service.turn()
    expect(await one.drain()).toBe('idle')
    expect(service.toldOf(id, IN_M31)).toEqual(['add', 'remove'])
  })
})

describe('the outbox worker', () => {
  it('delivers each message once', async () => {
    const { id } = await make()
    const one = worker()
    expect(await one.drain()).toBe('idle')
    expect(await one.drain()).toBe('idle')
    expect(service.asked).toEqual([
      { verb: 'add-project-event', body: { project_name: 'M31', created_at: '2030-01-01', event_id: id } },
    ])
    expect(outcomes).toEqual(['delivered'])
    expect(await waiting(store)).toEqual([])
  })

  it('continues while messages are due, twenty concurrently', async () => {
    let [atOnce, max] = [0, 0]
    service.turn(async (_, carryOut) => {
      max = Math.max(max, (atOnce += 1))
      await new Promise((resolve) => setImmediate(resolve))
      atOnce -= 1
      return carryOut()
    })
    for (let n = 0; n < 70; n += 1) await make()
    expect(await worker().drain()).toBe('idle')
    expect(service.tellings).toHaveLength(70)
    expect(max).toBeGreaterThan(2)
    expect(max).toBeLessThanOrEqual(20)
  })

  it('doubles its delay after each failure, up to an hour, and gives up after a day without another attempt', async () => {
    await make()
    service.turn(answering(500))
    const one = worker()
    const tries: number[] = []
    for (;;) {
      const before = service.asked.length
      await one.drain()
      if (service.asked.length > before) tries.push(context.time - TODAY)
      const [pending] = await waiting(store)
      if (!pending) break
      context.time = pending.due - 1
      await one.drain()
      expect(service.asked).toHaveLength(tries.length)
      context.time = pending.due
    }
    const waits = tries.slice(1).map((at, index) => at - tries[index]!)
    expect(waits.slice(0, 14)).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600])
    expect(new Set(waits.slice(14))).toEqual(new Set([3600]))
    expect(new Set(outcomes.slice(0, -1))).toEqual(new Set(['postponed']))
    expect(outcomes.at(-1)).toBe('given_up')
    expect(context.time).toBe(TODAY + DAY)
  })

  it('shortens delays by a random amount up to a half', async () => {
    await make()
    service.turn(answering(503))
    await worker({ random: () => 0.999 }).drain()
    expect(await waiting(store)).toMatchObject([{ due: TODAY + 2 }])
    context.time = TODAY + 2
    await worker({ random: () => 0.999 }).drain()
    expect(await waiting(store)).toMatchObject([{ due: TODAY + 2 + 3 }])
  })

  it('tries a message at least once, however old', async () => {
    const { id } = await make()
    context.time = TODAY + 3 * DAY
    await worker().drain()
    expect(service.toldOf(id, IN_M31)).toEqual(['add'])
  })

  it.each([
    ['add', 400, 'refused'],
    ['add', 404, 'refused'],
    ['add', 410, 'refused'],
    ['add', 422, 'refused'],
    ['add', 401, 'postponed'],
    ['add', 403, 'postponed'],
    ['add', 408, 'postponed'],
    ['add', 429, 'postponed'],
    ['add', 500, 'postponed'],
    ['add', 502, 'postponed'],
    ['add', 504, 'postponed'],
    ['add', 302, 'postponed'],
    ['remove', 403, 'not_removed'],
    ['remove', 404, 'not_removed'],
    ['remove', 400, 'refused'],
    ['remove', 401, 'postponed'],
    ['remove', 408, 'postponed'],
    ['remove', 429, 'postponed'],
    ['remove', 502, 'postponed'],
  ] as const)('takes the answer to an %s for final or not: %i is %s', async (what, status, outcome) => {
    const { id } = await make()
    if (what === 'remove') {
      await worker().drain()
      await attach(undefined, id)
      outcomes = []
    }
    service.turn(answering(status))
    await worker().drain()
    expect(outcomes).toEqual([outcome])
    expect(await waiting(store)).toHaveLength(outcome === 'postponed' ? 1 : 0)
  })

  it('times out after five seconds, and never delivers a message after a newer one', async () => {
    const { id } = await make()
    service.turn(() => new Promise(() => {}))
    await worker().drain()
    expect(outcomes).toEqual(['postponed'])
    expect(await waiting(store)).toMatchObject([{ message: { reservation: id }, due: TODAY + 40 }])
  })

  it('keeps messages while the service is unreachable', async () => {
    await make()
    await service.stop()
    await worker().drain()
    expect(outcomes).toEqual(['postponed'])
    expect(await waiting(store)).toMatchObject([{ due: TODAY + 2 }])
  })
})

describe('with the projects service of the network, which has no endpoint for removing', () => {
  it('a reservation that changes projects is added to the new one', async () => {
    service = await projectsService()
    const { id } = await make(M31)
    await worker().drain()
    await attach(M42, id)
    await attach(undefined, id)
    await attach(M42, id)
    await worker().drain()
    expect(service.scheduled.get(IN_M42)).toEqual([id])
    expect(await waiting(store)).toEqual([])
    expect(outcomes).toEqual(expect.arrayContaining(['not_removed']))
  })

  it('an unknown project delays no other message, and is given up after a day', async () => {
    service = await projectsService({ unknown: [IN_M31] })
    const { id } = await make(M31)
    await worker().drain()
    await attach(M42, id)
    const { id: other } = await make(M42)
    await worker().drain()
    expect(service.scheduled.get(IN_M42)?.toSorted()).toEqual([id, other].toSorted())

    const { id: lost } = await make(M31)
    for (; context.time <= TODAY + DAY + HOUR; context.time += 60) await worker().drain()
    expect(outcomes.at(-1)).toBe('given_up')
    expect(service.toldOf(lost, IN_M31)).toEqual([])
    expect(await waiting(store)).toEqual([])
  })
})

describe('messages about one reservation and one project', () => {
  it('a newer message replaces one that failed: no repeated remove undoes a newer add', async () => {
    const { id } = await make()
    await worker().drain()
    service.turn(answering(500))
    await attach(undefined, id)
    await worker().drain()
    await attach(M31, id)
    service.turn()
    await worker().drain()
    context.time += DAY
    await worker().drain()
    expect(service.toldOf(id, IN_M31)).toEqual(['add', 'add'])
    expect(await waiting(store)).toEqual([])
  })

  it('a newer message waits while an older one is in flight, in any process', async () => {
    const { id } = await make()
    const hold = holding()
    service.turn(hold.befalls)
    const first = worker().drain()
    await expect.poll(() => hold.held.length).toBe(1)
    await attach(undefined, id)
    await worker().drain()
    await worker().drain()
    expect(service.asked).toHaveLength(1)
    hold.letGo()
    await first
    service.turn()
    await worker().drain()
    expect(service.toldOf(id, IN_M31)).toEqual(['add', 'remove'])
  })

  it('a newer message waits while an unanswered older one may still arrive', async () => {
    const { id } = await make()
    let arrives = () => {}
    service.turn((_, carryOut) => {
      arrives = () => void carryOut()
      return 'breaks off'
    })
    await worker().drain()
    await attach(undefined, id)
    service.turn()
    context.time = TODAY + 39
    await worker().drain()
    expect(service.tellings).toEqual([])
    arrives()
    context.time = TODAY + 40
    await worker().drain()
    expect(service.toldOf(id, IN_M31)).toEqual(['add', 'remove'])
    expect(service.scheduled.get(IN_M31)).toEqual([])
  })

  it('the messages of a process that died are delivered when its claims have lapsed, and not before', async () => {
    const { id } = await make()
    const { claims } = await store.outbox.claim({ now: TODAY, until: TODAY + 40, limit: 20, token: 'of one that died' })
    expect(claims).toHaveLength(1)
    const lapsed: boolean[] = []
    const survivor = worker({ onOutcome: (claim) => void lapsed.push(claim.lapsed) })
    context.time = TODAY + 39
    await survivor.drain()
    expect(service.tellings).toEqual([])
    context.time = TODAY + 40
    await survivor.drain()
    expect(service.toldOf(id, IN_M31)).toEqual(['add'])
    expect(lapsed).toEqual([true])
  })

  it('a worker that was delayed after claiming gives the message back, and counts no attempt', async () => {
    const { id } = await make()
    const frozen = worker({
      outbox: {
        ...store.outbox,
        claim: async (expected) => {
          const claims = await store.outbox.claim(expected)
          context.time += 6
          return claims
        },
      },
    })
    await frozen.drain()
    expect(service.asked).toEqual([])
    expect(await waiting(store)).toMatchObject([{ attempts: 0 }])
    await worker().drain()
    expect(service.toldOf(id, IN_M31)).toEqual(['add'])
  })

  it('a message is delivered again if the store could not record its outcome', async () => {
    const { id } = await make()
    const faults: unknown[] = []
    const remove = () => Promise.reject(new Error('the disk is full'))
    await worker({ outbox: { ...store.outbox, remove }, onError: (error) => faults.push(error) }).drain()
    expect(faults).toHaveLength(1)
    await worker().drain()
    expect(service.toldOf(id, IN_M31)).toEqual(['add'])
    context.time += 40
    await worker().drain()
    expect(service.toldOf(id, IN_M31)).toEqual(['add', 'add'])
    expect(await waiting(store)).toEqual([])
  })
})

describe('a projects service that is down', () => {
  it('is probed with few messages after a failed round, and gets all of them when it is back', async () => {
    const many = await Promise.all(Array.from({ length: 300 }, () => make()))
    service.turn(answering(503))
    const one = worker()
    expect(await one.drain()).toBe('failing')
    expect(service.asked.length).toBeLessThanOrEqual(40)
    for (let round = 0; round < 10; round += 1) {
      const before = service.asked.length
      context.time += 1
      expect(await one.drain()).toBe('failing')
      expect(service.asked.length - before).toBeLessThanOrEqual(2)
    }
    service.turn()
    context.time += 2 * HOUR
    expect(await one.drain()).toBe('idle')
    expect(new Set(service.scheduled.get(IN_M31))).toEqual(new Set(many.map(({ id }) => id)))
    expect(await waiting(store)).toEqual([])
  })

  it.each(['overloaded', 'not to be reached'])(
    'gets messages soon after it is back, however long that took: %s',
    async (how) => {
      await make()
      if (how === 'overloaded') service.turn(answering(503))
      else await service.stop()
      const one = worker()
      for (const until = TODAY + 3 * HOUR; context.time < until;) {
        await one.drain()
        context.time = (await waiting(store))[0]!.due
      }
      expect((await waiting(store))[0]!.attempts).toBeGreaterThan(100)
      await one.drain()
      expect(await waiting(store)).toMatchObject([{ due: context.time + 60 }])
    },
  )

  it('does not delay new messages behind failed ones', async () => {
    for (let n = 0; n < 30; n += 1) await make(M31)
    service = await projectsService({ unknown: [IN_M31] })
    const one = worker()
    await one.drain()
    const { id } = await make(M42)
    context.time += 2
    await one.drain()
    expect(service.scheduled.get(IN_M42)).toEqual([id])
  })

  it('is not reported while there are no messages', async () => {
    service.turn(answering(503))
    for (let n = 0; n < 30; n += 1) await make()
    const one = worker()
    while ((await one.drain()) === 'failing');
    expect(await one.drain()).toBe('idle')
  })
})

describe('a flood by anonymous callers', () => {
  const IDS = 40
  const CALLS = 30
  it('that attaches and detaches over and over leaves one message for each reservation and project', async () => {
    const ids = (await Promise.all(Array.from({ length: IDS }, () => make(undefined)))).map(({ id }) => id)
    for (let call = 0; call < CALLS; call += 1) {
      const project = call % 2 === 0 ? M31 : undefined
      await attachProject(
        project,
        ids.map((id) => ({ id })),
        anonymous,
        context,
      )
    }
    expect(await store.outbox.backlog()).toMatchObject({ depth: IDS })
    await worker().drain()
    expect(service.asked).toHaveLength(IDS)
    expect((await waiting(store)).length).toBe(0)
    for (const id of ids) expect(service.toldOf(id, IN_M31)).toEqual(['remove'])
  })
})
