const GREEK =
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi psi omega'.split(
    ' ',
  )
const GREEK_LETTERS = 'αβγδεζηθικλμνξοπρστυφχψω'

/** Words that say what something is, and that people leave out. */
const KINDS = new Set(['galaxy', 'galaxies', 'nebula', 'cluster', 'globular', 'great', 'planetary', 'star'])

/**
 * The words of a name: without case, accents and punctuation, Greek letters spelt, numbers without leading zeros and apart from
 * the letters before them, catalogues by their letters, and without `the`. `Messier 031`, `m31` and `M-31` are all `m`, `31`.
 */
export const wordsOf = (name: string): string[] =>
  name
    .normalize('NFD')
    .toLowerCase()
    .replaceAll(/[\p{M}'’.]/gu, '')
    .replaceAll(/[α-ω]/g, (letter) => GREEK[GREEK_LETTERS.indexOf(letter)] ?? letter)
    .replaceAll(/[a-z]+|0*\d+/g, (word) => ` ${word.replace(/^0+(?=\d)/, '')} `)
    .replaceAll(/\b(messier|caldwell)(?=[^a-z0-9]+\d)/g, (word) => word[0] ?? '')
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && word !== 'the')

/** A name without spaces, the same for every way to write it. */
export const keyOf = (name: string): string => wordsOf(name).join('')

/** The same without the words for what it is: `andromeda` for the Andromeda Galaxy. */
export const shortKeyOf = (name: string): string =>
  wordsOf(name)
    .filter((word) => !KINDS.has(word))
    .join('')
