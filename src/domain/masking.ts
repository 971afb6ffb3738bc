import type { Reservation } from './reservation.ts'

/**
 * Counts up whenever a text comes to be masked otherwise, so that a store which keeps masked texts knows when they are
 * out of date.
 */
export const MASKING = 2

const LABEL = String.raw`[\p{L}\p{N}\p{M}\p{Cf}_-]+`
/** Letters alone, which no number, unit or focal ratio behind an `@` ends with; or a name in another script as DNS writes it. */
const LAST_LABEL = String.raw`(?:xn--[a-z0-9-]+|\p{L}[\p{L}\p{M}\p{Cf}]+)(?![\p{L}\p{N}\p{M}])`
const ADDRESS_LITERAL = String.raw`\[(?:IPv6:)?[0-9a-f:.]{2,45}\]`

/**
 * An `@` right behind something and right before a domain with a dot in it, in any script. Each `@` is looked at once and
 * no further than to the next one, so that this takes no longer than the text is long.
 */
const BEHIND_THE_NAME = new RegExp(String.raw`(?<=[^\s@<(\[{,;:])@(?:(?:${LABEL}\.)+${LAST_LABEL}|${ADDRESS_LITERAL})`, 'giu')

/** A text as anonymous callers see it: of each email address in it only what is before its `@`. */
export const maskedText = (text: string): string => (text.includes('@') ? text.replaceAll(BEHIND_THE_NAME, '') : text)

/** What an anonymous caller sees: no email address in the names. */
export const masked = (reservation: Reservation): Reservation => ({
  ...reservation,
  creator: maskedText(reservation.creator),
  title: maskedText(reservation.title),
})

/**
 * What becomes of a text that is sent for one that stands. Clients that read without signing in send back what they were
 * shown: that is no change.
 */
export const unmaskedIfSame = (sent: string, standing: string): string => (sent === maskedText(standing) ? standing : sent)
