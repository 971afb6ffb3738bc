/** A phone: one line of header, and tabs within the thumb's reach. */
export const NARROW = '(max-width: 40rem)'
