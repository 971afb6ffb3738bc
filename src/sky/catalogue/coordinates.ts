import type { FixedTarget } from '../target.ts'

/** The longest text that is read as coordinates. */
const MAX_LENGTH = 64

const NUMBER = String.raw`(\d+(?:\.\d+)?)`
/** What people write before a coordinate, as in `RA: …, Dec: …`. */
const [RA_LABEL, DEC_LABEL] = ['(?:(?:r\\.?a\\.?(?: ?[/,] ?dec)?|α) ?[:=]? ?)?', '(?:(?:decl?|de|δ)\\.? ?[:=]? ?)?']
/** Between right ascension and declination: a comma, a semicolon, a space, or nothing before a sign. */
const BETWEEN = `(?: ?[,;] ?| |(?=[+-]))${DEC_LABEL}`
/** Minutes with their seconds, or without, with a fraction. */
const SIXTIETHS = `(?:(\\d{1,2}) ?[m: ] ?${NUMBER} ?s?|${NUMBER} ?m?)`
const DECIMAL = new RegExp(`^${RA_LABEL}${NUMBER} ?d?${BETWEEN}([+-]?) ?${NUMBER} ?d?$`)
const SEXAGESIMAL = new RegExp(
  `^${RA_LABEL}(\\d{1,2}) ?[h: ] ?${SIXTIETHS}${BETWEEN}([+-]?) ?(\\d{1,2}) ?[d: ] ?${SIXTIETHS}$`,
)

/** The characters that people and word processors write, and the ones that are read. */
const READ_AS: readonly (readonly [RegExp, string])[] = [
  [/\s+/g, ' '],
  [/[−–]/g, '-'],
  [/ ?\(?\b(?:j2000(?:\.0)?|icrs)\b\)? ?/g, ''],
  [/°| ?deg\b\.?/g, 'd'],
  [/["″”]|['′’]{2}|ˢ/g, 's'],
  [/['′’]|ᵐ/g, 'm'],
  [/ʰ/g, 'h'],
]

/** What a text says that was read as coordinates: where they are, or why there is no such place. */
export type Coordinates = { readonly target: FixedTarget } | { readonly problem: string }

/**
 * Coordinates (ICRS, J2000) as people write them: `00 42 44.3 +41 16 09`, with colons, with `h m s` and `d m s`, without
 * seconds (`00 42.7 +41 16.1`, with a sign), or both in decimal degrees: `10.684 +41.269`, `10.684d +41.269d`; with or without
 * labels like `RA` and `Dec`. Undefined if a text is none of these.
 */
export function parseCoordinates(text: string): Coordinates | undefined {
  if (text.length > MAX_LENGTH) return undefined
  const plain = READ_AS.reduce((read, [from, to]) => read.replaceAll(from, to), text.trim().toLowerCase())
  const parts = partsOf(plain)
  if (!parts) return undefined
  const { ra, dec, isSouth, sixtieths } = parts
  if (sixtieths.some((part) => part >= 60)) return { problem: 'has minutes or seconds of 60 or more' }
  if (ra >= 360) return { problem: 'has a right ascension of 24 hours (360 degrees) or more' }
  if (dec > 90) return { problem: 'has a declination beyond 90 degrees' }
  // A declination between 0 and -1 degrees has its sign before a zero.
  return { target: { ra, dec: isSouth ? -dec : dec } }
}

interface Parts {
  /** Degrees. */
  readonly ra: number
  /** Degrees, without its sign. */
  readonly dec: number
  readonly isSouth: boolean
  /** Minutes and seconds. */
  readonly sixtieths: readonly number[]
}

function partsOf(text: string): Parts | undefined {
  const [, ra, sign, dec] = DECIMAL.exec(text) ?? []
  if (ra === undefined) return sexagesimalParts(text)
  return { ra: Number(ra), dec: Number(dec), isSouth: sign === '-', sixtieths: [] }
}

function sexagesimalParts(text: string): Parts | undefined {
  const found = SEXAGESIMAL.exec(text)
  if (!found) return undefined
  const [, h, m, s, onlyM, sign, d, dm, ds, onlyDm] = found
  // Without a sign only six numbers say where the declination begins.
  if (sign === '' && (s === undefined || ds === undefined)) return undefined
  const sixtieths = [m ?? onlyM, s ?? 0, dm ?? onlyDm, ds ?? 0].map(Number) as Four
  const [minutes, seconds, arcMinutes, arcSeconds] = sixtieths
  return {
    ra: 15 * (Number(h) + minutes / 60 + seconds / 3600),
    dec: Number(d) + arcMinutes / 60 + arcSeconds / 3600,
    isSouth: sign === '-',
    sixtieths,
  }
}

type Four = [number, number, number, number]
