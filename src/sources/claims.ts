/** What a token, or the issuer's userinfo, says. */
export type Claims = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is Claims => typeof value === 'object' && value !== null

/** `{ roles }` of the claim named `rolesClaim`: undefined without the claim, nothing where it has another shape. */
export function rolesIn(claims: Claims, rolesClaim: string): readonly string[] | undefined {
  const claim = claims[rolesClaim]
  if (claim === undefined) return undefined
  const roles = isObject(claim) ? claim['roles'] : undefined
  return Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : []
}

/** As long as the `creator` of a reservation, in code points. */
const MAX_NAME_LENGTH = 256

/** Breaks a line, or turns the order of what stands around it. */
const CONTROL_CHARACTERS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu

const VISIBLE = /[^\p{C}\p{Z}]/u

/** The name, on one line and no longer than one may be; undefined where there is none to be seen. */
export function nameIn({ name }: Claims): string | undefined {
  if (typeof name !== 'string' || !VISIBLE.test(name)) return undefined
  const line = name.toWellFormed().replaceAll(CONTROL_CHARACTERS, ' ').replaceAll(/\s+/g, ' ').trim()
  return Array.from(line).slice(0, MAX_NAME_LENGTH).join('').trim()
}
