import { yieldToEventLoop } from '../../concurrency.ts'
import type { Instant } from '../../domain/interval.ts'
import { deletedLineageAt, extendLineages, type Lineage } from '../../domain/lineage.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import { historyPage } from './history.ts'
import type { TableContext } from './table.ts'

/** The lineage of the deleted row of an id that was once at a start, by the whole history; undefined if there is none. */
export async function deletedLineage(id: ReservationId, start: Instant, context: TableContext) {
  const lineages: Lineage[] = []
  for (let last: number | undefined = 0; last !== undefined;) {
    const page = await historyPage(id, { after: last }, context)
    for (const revision of page) extendLineages(lineages, revision)
    last = page.at(-1)?.number
    await yieldToEventLoop()
  }
  return deletedLineageAt(lineages, start)
}
