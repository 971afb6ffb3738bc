/** Letters that are written from right to left, and characters that control the direction. */
const OTHER_DIRECTION =
  /[\u0590-\u08FF\u200F\u202A-\u202E\u2066-\u2069\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u
const CONTROLS = /[\u202A-\u202E\u2066-\u2069]/gu
const [FIRST_STRONG_ISOLATE, POP_ISOLATE] = ['\u2068', '\u2069']

const FIRST_LETTER_IS_RIGHT_TO_LEFT = new RegExp(String.raw`^\P{L}*(?=\p{L})${OTHER_DIRECTION.source}`, 'u')

/** The direction of an element for a name, so that the end of a long one is cut off: undefined if it is left to right. */
export const directionOf = (name: string): 'rtl' | undefined =>
  FIRST_LETTER_IS_RIGHT_TO_LEFT.test(name) ? 'rtl' : undefined

/**
 * A name within a sentence of plain text, such that it does not turn round what stands beside it. Elements use `<bdi>` instead.
 * A text that is written from left to right stays as it is.
 */
export const isolate = (text: string): string =>
  OTHER_DIRECTION.test(text) ? `${FIRST_STRONG_ISOLATE}${text.replace(CONTROLS, '')}${POP_ISOLATE}` : text
