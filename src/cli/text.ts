import { MAX_ID_LENGTH } from '../domain/reservation.ts'
import { quoted } from '../domain/text.ts'

const EXAMPLES = 5

/** The first five ids, quoted, with an ellipsis if there are more. */
export const exampleIds = (ids: readonly string[]): string =>
  ids.slice(0, EXAMPLES).map(quotedId).join(', ') + (ids.length > EXAMPLES ? ', …' : '')

/** An id as it is safe to print. */
export const quotedId = (id: string): string => quoted(id, MAX_ID_LENGTH)
