import { useMemo } from 'preact/hooks'
import type { Reservation } from '../../src/domain/reservation.ts'
import { matches, wordsOf } from '../search-words.ts'
import type { NetworkRoute } from '../routes.ts'
import { reservationsAt, type Telescope } from './telescopes.ts'

/** The telescopes that the address asks for: by filter, `mine`, and a text in their names or in what is reserved there. */
export function useShownTelescopes(
  telescopes: readonly Telescope[],
  shown: readonly Reservation[] | undefined,
  { filter, mine, q = '' }: Pick<NetworkRoute, 'filter' | 'mine' | 'q'>,
): readonly Telescope[] {
  return useMemo(() => {
    const words = wordsOf(q)
    return telescopes.filter(
      (one) =>
        (filter === undefined || one.matches.has(filter)) &&
        (!mine || one.matches.has('mine')) &&
        isFound(one, words, shown ?? []),
    )
  }, [telescopes, shown, filter, mine, q])
}

function isFound({ site }: Telescope, words: readonly string[], shown: readonly Reservation[]): boolean {
  const name = wordsOf(`${site.code} ${site.name}`).join(' ')
  return words.every((word) => name.includes(word)) || reservationsAt(site, shown).some((one) => matches(one, words))
}
