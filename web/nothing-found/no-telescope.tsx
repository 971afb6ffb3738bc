import type { NetworkFilter, NetworkRoute } from '../routes.ts'
import { wordsOf } from '../search-words.ts'
import { Matches, NothingFound } from './nothing-found.tsx'

const PHRASES: Readonly<Record<NetworkFilter, string>> = {
  free: 'is free tonight',
  dark: 'is dark now',
  north: 'is in the north',
  south: 'is in the south',
}

/** Says that no telescope is looked for. */
export function NoTelescope({ route, findsNone }: { route: NetworkRoute; findsNone: boolean }) {
  const verb = phrasesOf(route).length > 0 ? 'Show all telescopes' : 'Clear the search'
  return (
    <NothingFound verb={verb} all={{ ...route, filter: undefined, q: undefined, mine: false }}>
      {findsNone && <Sentence route={route} />}
    </NothingFound>
  )
}

const phrasesOf = ({ filter, mine }: NetworkRoute): string[] => [
  ...(filter === undefined ? [] : [PHRASES[filter]]),
  ...(mine ? ['has a reservation of yours'] : []),
]

/** `No telescope is dark now and matches “m51”.` */
function Sentence({ route }: { route: NetworkRoute }) {
  const { q = '' } = route
  const phrases = phrasesOf(route).join(' and ')
  if (wordsOf(q).length === 0) return <>{`No telescope ${phrases}.`}</>
  return (
    <>
      {phrases === '' ? 'No telescope or reservation here' : `No telescope ${phrases} and`}
      <Matches text={q} />.
    </>
  )
}
