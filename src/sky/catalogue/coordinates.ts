import type { FixedTarget } from '../target.ts'

/** The longest text that is read as coordinates. */
const MAX_LENGTH = 64

const NUMBER = String.raw`(\d+(?:\.\d+)?)`
/** Between right ascension and declination: a comma, a space, or nothing before a sign. */
const BETWEEN = '(?: ?, ?| |(?=[+-]))'
const DECIMAL = new RegExp(`^${NUMBER} ?d?${BETWEEN}([+-]?) ?${NUMBER} ?d?$`)
const TO_SECONDS = new RegExp(
  `^(\\d{1,2}) ?[h: ] ?(\\d{1,2}) ?[m: ] ?${NUMBER} ?s?${BETWEEN}([+-]?) ?(\\d{1,2}) ?[d: ] ?(\\d{1,2}) ?[m: ] ?${NUMBER} ?s?$`,
)
const TO_MINUTES = new RegExp(
  `^(\\d{1,2}) ?[h: ] ?${NUMBER} ?m?(?: ?, ?| |(?=[+-]))([+-]) ?(\\d{1,2}) ?[d: ] ?${NUMBER} ?m?$`,
)

/** What a text says that was read as coordinates: where they are, or why there is no such place. */
export type Coordinates = { readonly target: FixedTarget } | { readonly problem: string }

/**
 * Coordinates (ICRS, J2000) as people write them: `00 42 44.3 +41 16 09`, with colons, with `h m s` and `d m s`, without
 * seconds (`00 42.7 +41 16.1`, with a sign), or both in decimal degrees: `10.684 +41.269`, `10.684d +41.269d`. Undefined if a
 * text is none of these.
 */
export function parseCoordinates(text: string): Coordinates | undefined {
  if (text.length > MAX_LENGTH) return undefined
  const plain = text
    .trim()
    .toLowerCase()
    .replaceAll(/\s+/g, ' ')
    .replaceAll('−', '-')
    .replaceAll('°', 'd')
    .replaceAll(/['′]/g, 'm')
    .replaceAll(/["″]/g, 's')
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
  const [, ra = '', sign, dec = ''] = DECIMAL.exec(text) ?? []
  if (dec !== '') return { ra: Number(ra), dec: Number(dec), isSouth: sign === '-', sixtieths: [] }
  const [, h, m, s, toSign, d, dm, ds] = TO_SECONDS.exec(text) ?? minutesOf(text) ?? []
  if (h === undefined) return undefined
  const [hours, minutes, seconds, degrees, arcMinutes, arcSeconds] = [h, m, s, d, dm, ds].map(Number) as Six
  return {
    ra: 15 * (hours + minutes / 60 + seconds / 3600),
    dec: degrees + arcMinutes / 60 + arcSeconds / 3600,
    isSouth: toSign === '-',
    sixtieths: [minutes, seconds, arcMinutes, arcSeconds],
  }
}

type Six = [number, number, number, number, number, number]

/** The groups of {@link TO_SECONDS} for coordinates without seconds. */
function minutesOf(text: string): string[] | undefined {
  const [whole, h, m, sign, d, dm] = TO_MINUTES.exec(text) ?? []
  return whole === undefined ? undefined : ([whole, h, m, '0', sign, d, dm, '0'] as string[])
}
