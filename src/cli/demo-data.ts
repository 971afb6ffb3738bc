import { createHash } from 'node:crypto'
import { Failure } from '../domain/failure.ts'
import { HOUR, type Instant, MINUTE } from '../domain/interval.ts'
import type { Night } from '../domain/night.ts'
import type { Reservation } from '../domain/reservation.ts'
import type { Site } from '../domain/site.ts'
import { reserve } from '../service/reserve.ts'
import type { ServiceContext } from '../service/context.ts'
import { darkness } from '../sky/sun.ts'
import { nightAfter, nightAt, nightInterval } from '../sky/zone.ts'
import { plural } from '../domain/text.ts'
import type { CommandResult } from './outcome.ts'
import { interruptedError, CliError } from './cli-error.ts'
import { DEMO_OBSERVERS, DEMO_PROJECTS, DEMO_SESSIONS, MAINTENANCE_WORK, SCHEDULED_TARGETS } from './demo-names.ts'

const NIGHTS_BACK = 3
const NIGHTS_AHEAD = 11
const STEP = 5 * MINUTE
const CONCURRENCY = 50

/** What happened to a reservation: created, existing from an earlier run, or not created since its time is taken. */
type DemoOutcome = 'created' | 'alreadyThere' | 'taken'

/** Number of reservations by outcome. */
export type DemoDataCounts = Readonly<Record<DemoOutcome, number>>

/**
 * Fills the calendar with a lively fortnight: sessions, projects, blocks of the scheduler, maintenance and closures at each
 * site, from three nights ago to eleven ahead. The same night always gets the same reservations, so that it can be
 * repeated, and continued later. Existing reservations are not changed.
 * @throws CliError `interrupted`; reservations created until then stay
 */
export async function makeDemoData(context: ServiceContext, signal?: AbortSignal): Promise<DemoDataCounts> {
  // Regardless of the settings, nothing is booked twice and no message is sent to the projects service.
  const demoContext = { ...context, conflictPolicy: 'deny', hasProjectsService: false, receivers: [] } as const
  const all = [...context.sites.values()].flatMap((site, index) => fortnightAt(site, index, context.now()))
  const counts = { created: 0, alreadyThere: 0, taken: 0 }
  for (let from = 0; from < all.length; from += CONCURRENCY) {
    if (signal?.aborted)
      throw interruptedError(
        signal,
        `${plural(counts.created, 'reservation')} created until then; the same command with --add continues.`,
      )
    for (const outcome of await Promise.all(all.slice(from, from + CONCURRENCY).map((one) => create(one, demoContext))))
      counts[outcome] += 1
  }
  return counts
}

export function outcomeOfDemoData({ created, alreadyThere, taken }: DemoDataCounts, store: string): CommandResult {
  const rest = [
    alreadyThere > 0 && `${alreadyThere} already there`,
    taken > 0 && `${taken} skipped, since their time is taken`,
  ]
  const text = `${[`${plural(created, 'reservation')} created in ${store}`, ...rest.filter(Boolean)].join(', ')}\n`
  return { report: { store, created, already_there: alreadyThere, taken }, text }
}

/** @throws CliError `refused` if the store has reservations */
export async function assertEmpty({ store }: ServiceContext, displayName: string): Promise<void> {
  for await (const _ of store.all()) {
    throw new CliError(
      'refused',
      `${displayName} has reservations already. With --add, demo data is put between them, and none is changed.`,
    )
  }
}

const SERVICE = { role: 'service', id: 'service:demo-data', name: 'Demo data' } as const

async function create(reservation: Reservation, context: ServiceContext): Promise<DemoOutcome> {
  if ((await context.store.find(reservation.id)).length > 0) return 'alreadyThere'
  try {
    await reserve(reservation, SERVICE, { override: false }, context)
    return 'created'
  } catch (error) {
    if (error instanceof Failure && error.code === 'conflict') return 'taken'
    throw error
  }
}

/** The reservations of a site in the nights around an instant. Every fifth site is closed for some of them. */
function fortnightAt(site: Site, index: number, now: Instant): Reservation[] {
  const tonight = nightAt(site, now)
  const nights = Array.from({ length: NIGHTS_BACK + 1 + NIGHTS_AHEAD }, (_, n) => nightAfter(tonight, n - NIGHTS_BACK))
  const closed =
    index % 5 === 4 ? closureFrom(nights[NIGHTS_BACK - 1 + (index % 2)] as Night, index % 10 === 9) : undefined
  const open = nights.filter((night) => !closed || nightInterval(night).start < closed.start)
  return [...(closed ? [closed] : []), ...open.flatMap((night) => reservationsOf(night, index % 3 === 1))]
}

/** A closure from the noon of a night on, for a week or nearly a month. */
function closureFrom(night: Night, isLong: boolean): Reservation {
  const { start } = nightInterval(night)
  const end = start + (isLong ? 26 : 7) * 24 * HOUR
  return demoReservation(night, 'closure', {
    start,
    end,
    kind: 'maintenance',
    title: isLong ? 'Simulator offline' : 'Roof motor replacement',
    ...STAFF,
  })
}

const STAFF = { observer: 'demo|grace', creator: 'Grace Hopper' } as const

/** One night: sometimes maintenance before dusk, then one reservation after the other, with gaps. */
function reservationsOf(night: Night, isScheduled: boolean): Reservation[] {
  const random = randomOf(`${night.site.code}/${night.date}`)
  const reservations: Reservation[] = []
  const [dark] = darkness(night)
  if (!dark) return reservations
  if (random() < 0.2) {
    const start = onStep(dark.start - (2 + random() * 2) * HOUR)
    reservations.push(
      demoReservation(night, 'work', {
        start,
        end: start + onStep((0.5 + random()) * HOUR),
        kind: 'maintenance',
        title: pick(MAINTENANCE_WORK, random),
        ...STAFF,
      }),
    )
  }
  // The scheduler's part of the night begins at two thirds of the darkness.
  const schedulerStart = isScheduled ? dark.start + ((dark.end - dark.start) * 2) / 3 : dark.end
  let at = onStep(dark.start + random() * 40 * MINUTE)
  for (let n = 1; at < schedulerStart - 30 * MINUTE; n += 1) {
    const next = random() < 0.5 ? sessionAt(night, n, at, random) : projectAt(night, n, at, random)
    if (next.end > dark.end) break
    reservations.push(next)
    at = onStep(next.end + (random() < 0.45 ? 0 : random() * 110 * MINUTE))
  }
  if (isScheduled) reservations.push(...scheduledFrom(night, Math.max(at, onStep(schedulerStart)), dark.end, random))
  return reservations
}

function sessionAt(night: Night, n: number, start: Instant, random: () => number): Reservation {
  const [observer, creator] = pick(DEMO_OBSERVERS, random)
  const [title, note] = pick(DEMO_SESSIONS, random)
  return demoReservation(night, n, {
    start,
    end: start + (random() < 0.5 ? 30 : 45) * MINUTE,
    observer,
    creator,
    title,
    note,
  })
}

function projectAt(night: Night, n: number, start: Instant, random: () => number): Reservation {
  const [observer, creator] = pick(DEMO_OBSERVERS, random)
  const name = pick(DEMO_PROJECTS, random)
  const share = random()
  return demoReservation(night, n, {
    start,
    end: start + (4 + Math.floor(random() * 8)) * 15 * MINUTE,
    observer,
    creator,
    title: name,
    kind: 'project',
    project: { name, createdAt: '2026-09-01T00:00:00Z' },
    priority: share < 0.15 ? 'low_priority' : share > 0.92 ? 'time_critical' : 'standard',
  })
}

/** The scheduler's short blocks, back to back until dawn. */
function scheduledFrom(night: Night, from: Instant, until: Instant, random: () => number): Reservation[] {
  const blocks: Reservation[] = []
  for (let at = from; ;) {
    const end = at + (3 + Math.floor(random() * 7)) * STEP
    if (end > until) return blocks
    const name = pick(SCHEDULED_TARGETS, random)
    const project = { name, createdAt: '2026-09-01T00:00:00Z' }
    blocks.push(
      demoReservation(night, `lco-${blocks.length + 1}`, {
        start: at,
        end,
        observer: 'service:scheduler',
        creator: 'Scheduler',
        title: name,
        kind: 'project',
        origin: 'lco',
        project,
      }),
    )
    at = end
  }
}

type DemoFields = Pick<Reservation, 'start' | 'end' | 'observer' | 'creator' | 'title'> & Partial<Reservation>

function demoReservation({ site, date }: Night, suffix: string | number, fields: DemoFields): Reservation {
  return {
    id: `demo-${site.code}-${date}-${suffix}`,
    site: site.code,
    kind: 'realtime',
    origin: 'ptr',
    resource: site.code,
    project: undefined,
    priority: 'standard',
    note: '',
    modified: fields.start,
    extra: {},
    ...fields,
  }
}

const onStep = (seconds: number): number => Math.ceil(seconds / STEP) * STEP

const pick = <T>(list: readonly T[], random: () => number): T => list[Math.floor(random() * list.length)] as T

/** A pseudorandom generator of numbers in [0, 1), seeded by a text: it repeatedly takes the SHA-256. */
function randomOf(text: string): () => number {
  let bytes = createHash('sha256').update(text).digest()
  let at = 0
  return () => {
    if (at === bytes.length) {
      bytes = createHash('sha256').update(bytes).digest()
      at = 0
    }
    at += 4
    return bytes.readUInt32BE(at - 4) / 2 ** 32
  }
}
