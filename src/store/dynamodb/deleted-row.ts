import { yieldToEventLoop } from '../../concurrency.ts'
import type { Instant } from '../../domain/interval.ts'
import { deletedLineageAt, extendLineages, firstStartIn, type Lineage } from '../../domain/lineage.ts'
import type { Reservation, ReservationId } from '../../domain/reservation.ts'
import { historyPage } from './history.ts'
import type { TableContext } from './table.ts'

/** A reservation that was deleted. */
export interface Deleted extends Pick<Reservation, 'site' | 'observer' | 'origin' | 'kind'> {
  readonly firstStart: Instant
}

/** The deleted row of an id that was once at a start, by the whole history; undefined if there is none. */
export async function deletedRowAt(
  id: ReservationId,
  start: Instant,
  context: TableContext,
): Promise<Deleted | undefined> {
  const lineages: Lineage[] = []
  for (let last: number | undefined = 0; last !== undefined;) {
    const page = await historyPage(id, { after: last }, context)
    for (const revision of page) extendLineages(lineages, revision)
    last = page.at(-1)?.number
    await yieldToEventLoop()
  }
  const lineage = deletedLineageAt(lineages, start)
  if (!lineage) return undefined
  const { site, observer, origin, kind } = lineage.last
  return { site, observer, origin, kind, firstStart: firstStartIn(lineage) }
}
