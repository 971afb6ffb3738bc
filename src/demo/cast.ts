/** Someone the demo identity provider lets anyone sign in as. */
export interface Person {
  /** Short and lower-case, as typed on a command line: `ada`. */
  readonly name: string
  /** The subject of the tokens: `demo|ada`. */
  readonly sub: string
  readonly fullName: string
  /** In a domain reserved for examples (RFC 2606), so that no mail can ever reach anybody. */
  readonly email: string
  readonly roles: readonly string[]
}

const person = (name: string, fullName: string, roles: readonly string[] = []): Person =>
  ({ name, sub: `demo|${name}`, fullName, email: `${name}@example.org`, roles })

/** Everybody there is in the demo: three observers and one administrator. */
export const cast: readonly Person[] = [
  person('ada', 'Ada Lovelace'),
  person('bo', 'Bo Jansson'),
  person('cleo', 'Cleo Okafor'),
  person('grace', 'Grace Hopper', ['admin'])
]

/** The person of a short name, as `ada`. */
export const personNamed = (name: string): Person | undefined => cast.find((each) => each.name === name)

/** The person of a token's subject, as `demo|ada`. */
export const personWithSub = (sub: string): Person | undefined => cast.find((each) => each.sub === sub)

/** What an access token says of a person, next to `sub`. The roles sit where the service looks for them: under `rolesClaim`. */
export const accessClaimsOf = (who: Person, rolesClaim: string) =>
  ({ name: who.fullName, [rolesClaim]: { roles: who.roles } })

/** All a person's claims, as userinfo returns them. */
export const claimsOf = (who: Person, rolesClaim: string) =>
  ({ sub: who.sub, email: who.email, email_verified: true, ...accessClaimsOf(who, rolesClaim) })
