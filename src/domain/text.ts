/** A count with its noun: `1 row`, `2 rows`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** Whether a text has more than `max` characters, counted in code points as JSON Schema does: an emoji is one. */
export function isLongerThan(text: string, max: number): boolean {
  if (text.length <= max) return false
  return text.length > 2 * max || Array.from(text).length > max
}

/** Characters without a glyph. Joiners and direction marks are part of words in some scripts, so they are not among them. */
const INVISIBLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} \u061c\u200c-\u200f]/gu

/**
 * A text from outside, safe to print on a terminal: on one line, cut after `max` characters, and with U+FFFD in place of
 * control characters and others without a glyph.
 */
export function printable(text: string, max: number): string {
  const result = isLongerThan(text, max)
    ? `${Array.from(text.slice(0, 2 * max))
        .slice(0, max)
        .join('')}…`
    : text
  return result.replaceAll(/\p{Zs}/gu, ' ').replaceAll(INVISIBLE, '\u{fffd}')
}

/** Printable ASCII, which needs no isolation. */
const PLAIN = /^[ -~…\u{fffd}]*$/u
const [ISOLATE, END_ISOLATE] = ['\u2068', '\u2069']

/**
 * A text from outside, safe to quote in a sentence: printable and, unless it is ASCII, in Unicode direction isolates, so
 * that right-to-left text does not reorder the words around it.
 */
export function quoted(text: string, max = 256): string {
  const line = printable(text, max)
  return PLAIN.test(line) ? line : `${ISOLATE}${line}${END_ISOLATE}`
}
