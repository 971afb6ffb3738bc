import type { Reservation } from './reservation.ts'

/** The version of the masking rules. Increase it with each change of them: stores then rewrite the masked texts they hold. */
export const MASKING_VERSION = 3

const LABEL = String.raw`[\p{L}\p{N}\p{M}\p{Cf}_-]+`
/** The top-level domain: letters only, so that `f@2.8` and `12 mm@f4.5` are no addresses; or a Punycode name. */
const LAST_LABEL = String.raw`(?:xn--[a-z0-9-]+|\p{L}[\p{L}\p{M}\p{Cf}]+)(?![\p{L}\p{N}\p{M}])`
const ADDRESS_LITERAL = String.raw`\[(?:IPv6:)?[0-9a-f:.]{2,45}\]`

/**
 * The part of an email address from its `@` on: a domain with a dot in it, in any script, or an address literal. No match
 * extends past the next `@`, so the running time is linear in the length of the text.
 */
const EMAIL_DOMAIN = new RegExp(
  String.raw`(?<=[^\s@<(\[{,;:])@(?:(?:${LABEL}\.)+${LAST_LABEL}|${ADDRESS_LITERAL})`,
  'giu',
)

/** Cuts each email address in a text at its `@`. */
export function maskedText(text: string): string {
  if (!text.includes('@')) return text
  const cut = text.replaceAll(EMAIL_DOMAIN, '')
  // What stood on both sides of an address may be one, too: `a@b.` and `co` of `a@b.@[192.0.2.7]co`.
  return cut === text ? text : maskedText(cut)
}

/** A reservation with the email addresses in its creator and title masked: itself if there are none. */
export function masked(reservation: Reservation): Reservation {
  const [creator, title] = [maskedText(reservation.creator), maskedText(reservation.title)]
  const isSame = creator === reservation.creator && title === reservation.title
  return isSame ? reservation : { ...reservation, creator, title }
}

/**
 * The current text if `sent` is its masked form, `sent` otherwise. Clients that read without signing in send back the
 * masked text: that changes nothing.
 */
export const unmaskedIfSame = (sent: string, current: string): string => (sent === maskedText(current) ? current : sent)
