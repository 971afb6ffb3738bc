import { Conflict, type FreeTime } from '../domain/conflict.ts'
import { Failure } from '../domain/failure.ts'
import { BEGINNING, type Interval, joined, lengthOf } from '../domain/interval.ts'
import type { Reservation } from '../domain/reservation.ts'
import { inTime, nextTurn, sortedInTurns } from '../pace.ts'
import { LONGEST_NIGHT, searchedSpan, stepsToFreeDark } from '../sky/free-time.ts'
import type { World } from './world.ts'

/** How far to look for other time, in nights each way. */
const NIGHTS = 14
/** How long that may take, in milliseconds. */
const PATIENCE_MS = 2000

/** Tells whoever is refused for a conflict where the nearest free dark time is; where that cannot be said, that it is refused. */
export async function suggesting<T>(world: World, change: Promise<T>): Promise<T> {
  try {
    return await change
  } catch (error) {
    if (!(error instanceof Conflict)) throw error
    throw new Conflict(error.wish, error.inTheWay, { more: error.more, free: await freeTimeSoon(error.wish, world) })
  }
}

async function freeTimeSoon(wish: Reservation, world: World): Promise<FreeTime | undefined> {
  let isLate = false
  const late = () => {
    isLate = true
    return new Failure('busy', 'Other time is not found soon enough.')
  }
  try {
    return await inTime(freeTimeNear(wish, world, () => isLate), PATIENCE_MS, late)
  } catch (error) {
    // The time is taken all the same, and trying again would not change that.
    if (error instanceof Failure) return undefined
    throw error
  }
}

async function freeTimeNear(wish: Reservation, world: World, isLate: () => boolean): Promise<FreeTime | undefined> {
  const site = world.sites.get(wish.site)
  if (!site) return undefined
  const length = lengthOf(wish)
  if (length > LONGEST_NIGHT) return {}
  const apart: Interval[] = []
  for await (const piece of world.store.outlines({ site: wish.site, during: searchedSpan(site, wish, NIGHTS) })) {
    if (isLate()) return undefined
    const others = await sortedInTurns(piece.filter(({ id }) => id !== wish.id), byStart)
    for (const one of joined(others)) apart.push(one)
  }
  // What is in order already is quickly put in order again, night by night.
  const taken = await sortedInTurns(apart, byStart)
  // Time gone by is of no use to anyone, unless it is what was asked for.
  const earliest = wish.end > world.now() ? world.now() : BEGINNING
  const steps = stepsToFreeDark({ site, wanted: wish, taken, length, earliest, nights: NIGHTS })
  for (;;) {
    const { done, value } = steps.next()
    if (done || isLate()) return value ?? undefined
    await nextTurn()
  }
}

const byStart = (a: Interval, b: Interval) => a.start - b.start
