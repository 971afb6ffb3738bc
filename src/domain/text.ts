/** Whether a text holds more than `most` characters. Counted are code points, as JSON Schema counts: an emoji is one. */
export function isLongerThan(text: string, max: number): boolean {
  if (text.length <= max) return false
  return text.length > 2 * max || Array.from(text).length > max
}

/** Whatever is neither a letter, a mark, a digit, a sign nor a space; but what joins letters and what gives them a direction is part of a word. */
const INVISIBLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} \u061c\u200c-\u200f]/gu

/** A text of somebody's on one line, of at most so many characters, with a mark for what cannot be seen: a terminal obeys some of that. */
export function printable(text: string, longest: number): string {
  const result = isLongerThan(text, longest) ? `${Array.from(text.slice(0, 2 * longest)).slice(0, longest).join('')}…` : text
  return result.replaceAll(/\p{Zs}/gu, ' ').replaceAll(INVISIBLE, '\u{fffd}')
}

/** What is written from left to right, or has no direction of its own. */
const PLAIN = /^[ -~…\u{fffd}]*$/u
const [ISOLATE, ISOLATED] = ['\u2068', '\u2069']

/**
 * A text of somebody's as it may stand within a sentence of ours: visible, and where it is not plain ASCII isolated, so
 * that one which is written from right to left does not turn round the times beside it.
 */
export function quoted(text: string, longest = 256): string {
  const seen = printable(text, longest)
  return PLAIN.test(seen) ? seen : `${ISOLATE}${seen}${ISOLATED}`
}
