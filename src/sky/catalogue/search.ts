import { closestMatch } from 'leven'
import { type Entry, catalogue } from './entries.ts'
import { keyOf, wordsOf } from './target-name.ts'

/** How well a name matches, best first. */
const [EXACT, SHORT, PREFIX, WORDS, NONE] = [0, 1, 2, 3, 4] as const

/** A misspelt name is this many letters off, at most. */
const MAX_EDIT_DISTANCE = 3

/** The entries that match a text, best first: by the whole name, without the word for its kind, by how it begins, by words. */
export function searchCatalogue(text: string, limit: number): Entry[] {
  const rankOf = rankFor(text)
  return catalogue()
    .map((entry) => ({ entry, rank: Math.min(...entry.keys.map(rankOf)) }))
    .filter(({ rank }) => rank < NONE)
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, limit)
    .map(({ entry }) => entry)
}

/** The entry that a text names, with or without the word for its kind: `M31`, `NGC 224`, `Andromeda`. */
export function namedEntry(text: string): Entry | undefined {
  const rankOf = rankFor(text)
  const best = (rank: number) => catalogue().find(({ keys }) => keys.some((key) => rankOf(key) === rank))
  return best(EXACT) ?? best(SHORT)
}

/** Names that may be meant by a text that names nothing: those that match in part, or that are a few letters off. */
export function similarNames(text: string, limit: number): string[] {
  const matches = searchCatalogue(text, limit).map(({ name }) => name)
  if (matches.length > 0) return matches
  const names = new Map(
    catalogue().flatMap(({ name, aliases }) => [name, ...aliases].map((each) => [keyOf(each), each])),
  )
  const closest = closestMatch(keyOf(text), [...names.keys()], { maxDistance: MAX_EDIT_DISTANCE })
  return closest === undefined ? [] : [names.get(closest) as string]
}

function rankFor(text: string): (names: Entry['keys'][number]) => number {
  const [wanted, words] = [keyOf(text), wordsOf(text)]
  if (wanted === '') return () => NONE
  return ({ key, short, words: ofName }) => {
    if (key === wanted) return EXACT
    if (short === wanted) return SHORT
    if (key.startsWith(wanted)) return PREFIX
    return words.every((word) => ofName.some((other) => other.startsWith(word))) ? WORDS : NONE
  }
}
