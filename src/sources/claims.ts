/** The claims of a token or of a userinfo response. */
export type Claims = Readonly<Record<string, unknown>>

/** Whether a value is an object or an array. */
export const isObject = (value: unknown): value is Claims => typeof value === 'object' && value !== null

/** The `roles` in the claim named `rolesClaim`: undefined without the claim, empty if it has another shape. */
export function rolesIn(claims: Claims, rolesClaim: string): readonly string[] | undefined {
  const claim = claims[rolesClaim]
  if (claim === undefined) return undefined
  const roles = isObject(claim) ? claim['roles'] : undefined
  return Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : []
}

/** In code points, as for `creator` of a reservation. */
const MAX_NAME_LENGTH = 256

/** Characters that break a line or change the direction of the text around them. */
const CONTROL_CHARACTERS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu

const VISIBLE = /[^\p{C}\p{Z}]/u

/** The `name` claim on one line, cut to the maximal length; undefined if it is missing or has no visible character. */
export function nameIn({ name }: Claims): string | undefined {
  if (typeof name !== 'string' || !VISIBLE.test(name)) return undefined
  const line = name.toWellFormed().replaceAll(CONTROL_CHARACTERS, ' ').replaceAll(/\s+/g, ' ').trim()
  return Array.from(line).slice(0, MAX_NAME_LENGTH).join('').trim()
}
