/** How much an `Accept` wants a media type: its quality from 0 to 1, and how exactly it names it. */
interface Preference {
  readonly quality: number
  readonly exactness: number
}

const ANY: Preference = { quality: 1, exactness: 0 }
const NOT: Preference = { quality: 0, exactness: 0 }

/** RFC 9110: the most exact range of the header decides. Without a header anything is wanted. */
function preferenceFor(type: string, accept: string | undefined): Preference {
  if (accept === undefined) return ANY
  const names = ['*/*', `${type.split('/')[0]}/*`, type]
  let found: Preference = { ...NOT, exactness: -1 }
  for (const range of accept.split(',')) {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const exactness = names.indexOf(name)
    if (exactness > found.exactness) found = { quality: qualityIn(parameters), exactness }
  }
  return found.exactness < 0 ? NOT : found
}

function qualityIn(parameters: readonly string[]): number {
  const text = parameters.find((one) => /^q\s*=/.test(one))?.replace(/^q\s*=\s*/, '')
  const quality = Number(text ?? 1)
  return quality >= 0 && quality <= 1 ? quality : 1
}

const compare = (a: Preference, b: Preference) => b.quality - a.quality || b.exactness - a.exactness

/**
 * The media type that an `Accept` wants most; undefined if it wants none of them.
 * @param types the first is the default where the header has no preference
 */
export function negotiate<T extends string>(accept: string | undefined, types: readonly T[]): T | undefined {
  const [first] = types
    .map((type) => ({ type, ...preferenceFor(type, accept) }))
    .filter(({ quality }) => quality > 0)
    .toSorted(compare)
  return first?.type
}
