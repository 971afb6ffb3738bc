import { Conflict, type FreeTime } from '../domain/conflict.ts'
import { BEGINNING, type Interval, joined, lengthOf } from '../domain/interval.ts'
import type { Reservation } from '../domain/reservation.ts'
import { nearestFreeDark, searchedSpan } from '../sky/free-time.ts'
import type { World } from './world.ts'

/** How far to look for other time, in nights each way. */
const NIGHTS = 14

/** Tells whoever is refused for a conflict where the nearest free dark time is. */
export async function suggesting<T>(world: World, change: Promise<T>): Promise<T> {
  try {
    return await change
  } catch (error) {
    if (!(error instanceof Conflict)) throw error
    throw new Conflict(error.wish, error.inTheWay, { more: error.more, free: await freeTimeNear(error.wish, world) })
  }
}

async function freeTimeNear(wish: Reservation, world: World): Promise<FreeTime | undefined> {
  const site = world.sites.get(wish.site)
  if (!site) return undefined
  let taken: Interval[] = []
  for await (const piece of world.store.outlines({ site: wish.site, during: searchedSpan(site, wish, NIGHTS) })) {
    taken = joined([...taken, ...piece.filter(({ id }) => id !== wish.id)])
  }
  // Time gone by is of no use to anyone, unless it is what was asked for.
  const earliest = wish.end > world.now() ? world.now() : BEGINNING
  return nearestFreeDark({ site, wanted: wish, taken, length: lengthOf(wish), earliest, nights: NIGHTS })
}
