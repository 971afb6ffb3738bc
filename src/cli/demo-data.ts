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
import { plural } from './import-report.ts'
import type { CommandResult } from './outcome.ts'
import { interruptedError, CliError } from './cli-error.ts'
import { DEMO_OBSERVERS, DEMO_PROJECTS, DEMO_SESSIONS, MAINTENANCE_WORK, SCHEDULED_TARGETS } from './demo-names.ts'

const NIGHTS_BACK = 3
const NIGHTS_AHEAD = 11
const STEP = 5 * MINUTE
const CONCURRENCY = 50

const WAYS = ['made', 'alreadyThere', 'taken'] as const
/** What became of a reservation: made, there since an earlier time, or refused, since something else stands there. */
type Way = (typeof WAYS)[number]

export type DemoData = Readonly<Record<Way, number>>

/**
 * Fills the calendar with a lively fortnight: sessions, projects, blocks of the scheduler, maintenance and closures at each
 * site, from three nights ago to eleven ahead. The same night always gets the same reservations, so that it may be
 * repeated, and goes on where it ended. Nothing that stands is touched.
 * @throws Trouble `interrupted`; what was made until then stays
 */
export async function makeDemoData(world: ServiceContext, signal?: AbortSignal): Promise<DemoData> {
  // Whatever the settings say, nothing is booked twice, and nobody else is told.
  const quiet = { ...world, conflictPolicy: 'deny', hasProjectsService: false } as const
  const all = [...world.sites.values()].flatMap((site, index) => fortnightAt(site, index, world.now()))
  const counts = { made: 0, alreadyThere: 0, taken: 0 }
  for (let from = 0; from < all.length; from += CONCURRENCY) {
    if (signal?.aborted) throw interruptedError(signal, `${plural(counts.made, 'reservation')} made until then; with --add the same command goes on.`)
    for (const way of await Promise.all(all.slice(from, from + CONCURRENCY).map((one) => make(one, quiet)))) counts[way] += 1
  }
  return counts
}

export function outcomeOfDemoData({ made: created, alreadyThere, taken }: DemoData, store: string): CommandResult {
  const rest = [alreadyThere > 0 && `${alreadyThere} already there`, taken > 0 && `${taken} left out, since something else stands there`]
  const text = `${[`${plural(created, 'reservation')} made in ${store}`, ...rest.filter(Boolean)].join(', ')}\n`
  return { report: { store, made: created, already_there: alreadyThere, taken }, text }
}

/** @throws Trouble `refused` where it holds anything */
export async function assertEmpty({ store }: ServiceContext, called: string): Promise<void> {
  for await (const _ of store.all()) {
    throw new CliError('refused', `${called} has reservations already. With --add, demo data is put between them; none is touched.`)
  }
}

const SERVICE = { role: 'service', id: 'service:demo-data', name: 'Demo data' } as const

async function make(reservation: Reservation, world: ServiceContext): Promise<Way> {
  if ((await world.store.find(reservation.id)).length > 0) return 'alreadyThere'
  try {
    await reserve(reservation, SERVICE, { override: false }, world)
    return 'made'
  } catch (error) {
    if (error instanceof Failure && error.code === 'conflict') return 'taken'
    throw error
  }
}

/** What is reserved at a site in the nights around an instant. The last two of ten sites are closed, as some always are. */
function fortnightAt(site: Site, index: number, now: Instant): Reservation[] {
  const tonight = nightAt(site, now)
  const nights = Array.from({ length: NIGHTS_BACK + 1 + NIGHTS_AHEAD }, (_, n) => nightAfter(tonight, n - NIGHTS_BACK))
  const closed = index % 5 === 4 ? closureFrom(nights[NIGHTS_BACK - 1 + (index % 2)] as Night, index % 10 === 9) : undefined
  const open = nights.filter((night) => !closed || nightInterval(night).start < closed.start)
  return [...(closed ? [closed] : []), ...open.flatMap((night) => reservationsOf(night, index % 3 === 1))]
}

/** A closure from the noon of a night on: of a week, or of nearly a month. */
function closureFrom(night: Night, isLong: boolean): Reservation {
  const { start } = nightInterval(night)
  const end = start + (isLong ? 26 : 7) * 24 * HOUR
  return blank(night, 'closure', { start, end, kind: 'maintenance', title: isLong ? 'Simulator offline' : 'Roof motor replacement', ...STAFF })
}

const STAFF = { observer: 'demo|grace', creator: 'Grace Hopper' } as const

/** One night: now and then something to repair before dusk, and then one reservation after the other, with gaps. */
function reservationsOf(night: Night, isScheduled: boolean): Reservation[] {
  const random = randomOf(`${night.site.code}/${night.date}`)
  const found: Reservation[] = []
  const [dark] = darkness(night)
  if (!dark) return found
  if (random() < 0.2) {
    const start = onStep(dark.start - (2 + random() * 2) * HOUR)
    found.push(blank(night, 'work', { start, end: start + onStep((0.5 + random()) * HOUR), kind: 'maintenance', title: pick(MAINTENANCE_WORK, random), ...STAFF }))
  }
  // Where the scheduler has its part of the night, it begins at two thirds of the darkness.
  const handedOver = isScheduled ? dark.start + ((dark.end - dark.start) * 2) / 3 : dark.end
  let at = onStep(dark.start + random() * 40 * MINUTE)
  for (let n = 1; at < handedOver - 30 * MINUTE; n += 1) {
    const one = random() < 0.5 ? sessionAt(night, n, at, random) : projectAt(night, n, at, random)
    if (one.end > dark.end) break
    found.push(one)
    at = onStep(one.end + (random() < 0.45 ? 0 : random() * 110 * MINUTE))
  }
  if (isScheduled) found.push(...scheduledFrom(night, Math.max(at, onStep(handedOver)), dark.end, random))
  return found
}

function sessionAt(night: Night, n: number, start: Instant, random: () => number): Reservation {
  const [observer, creator] = pick(DEMO_OBSERVERS, random)
  const [title, note] = pick(DEMO_SESSIONS, random)
  return blank(night, n, { start, end: start + (random() < 0.5 ? 30 : 45) * MINUTE, observer, creator, title, note })
}

function projectAt(night: Night, n: number, start: Instant, random: () => number): Reservation {
  const [observer, creator] = pick(DEMO_OBSERVERS, random)
  const name = pick(DEMO_PROJECTS, random)
  const chance = random()
  return blank(night, n, {
    start,
    end: start + (4 + Math.floor(random() * 8)) * 15 * MINUTE,
    observer,
    creator,
    title: name,
    kind: 'project',
    project: { name, createdAt: '2026-09-01T00:00:00Z' },
    priority: chance < 0.15 ? 'low_priority' : chance > 0.92 ? 'time_critical' : 'standard',
  })
}

/** The scheduler's blocks until dawn: short ones, back to back. */
function scheduledFrom(night: Night, from: Instant, until: Instant, random: () => number): Reservation[] {
  const blocks: Reservation[] = []
  for (let at = from; ; ) {
    const end = at + (3 + Math.floor(random() * 7)) * STEP
    if (end > until) return blocks
    const name = pick(SCHEDULED_TARGETS, random)
    const project = { name, createdAt: '2026-09-01T00:00:00Z' }
    blocks.push(blank(night, `lco-${blocks.length + 1}`, { start: at, end, observer: 'service:scheduler', creator: 'Scheduler', title: name, kind: 'project', origin: 'lco', project }))
    at = end
  }
}

type Given = Pick<Reservation, 'start' | 'end' | 'observer' | 'creator' | 'title'> & Partial<Reservation>

function blank({ site, date }: Night, which: string | number, input: Given): Reservation {
  return {
    id: `demo-${site.code}-${date}-${which}`,
    site: site.code,
    kind: 'realtime',
    origin: 'ptr',
    resource: site.code,
    project: undefined,
    priority: 'standard',
    note: '',
    modified: input.start,
    extra: {},
    ...input,
  }
}

const onStep = (seconds: number): number => Math.ceil(seconds / STEP) * STEP

const pick = <T>(list: readonly T[], random: () => number): T => list[Math.floor(random() * list.length)] as T

/** Numbers from 0 up to 1 that follow from a text: the bytes of its SHA-256, and of that one's, and so on. */
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
