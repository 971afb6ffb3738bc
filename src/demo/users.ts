/** Someone the demo identity provider lets anyone sign in as. */
export interface DemoUser {
  /** Short and lower-case, as typed on a command line: `ada`. */
  readonly name: string
  /** The subject of the tokens: `demo|ada`. */
  readonly sub: string
  readonly fullName: string
  /** In a domain reserved for examples (RFC 2606), so that no mail can ever reach anybody. */
  readonly email: string
  readonly roles: readonly string[]
}

const demoUser = (name: string, fullName: string, roles: readonly string[] = []): DemoUser =>
  ({ name, sub: `demo|${name}`, fullName, email: `${name}@example.org`, roles })

/** Everybody there is in the demo: three observers and one administrator. */
export const demoUsers: readonly DemoUser[] = [
  demoUser('ada', 'Ada Lovelace'),
  demoUser('bo', 'Bo Jansson'),
  demoUser('cleo', 'Cleo Okafor'),
  demoUser('grace', 'Grace Hopper', ['admin'])
]

/** The person of a short name, as `ada`. */
export const userNamed = (name: string): DemoUser | undefined => demoUsers.find((each) => each.name === name)

/** The person of a token's subject, as `demo|ada`. */
export const userWithSub = (sub: string): DemoUser | undefined => demoUsers.find((each) => each.sub === sub)

/** What an access token says of a person, next to `sub`. The roles sit where the service looks for them: under `rolesClaim`. */
export const accessClaimsOf = (user: DemoUser, rolesClaim: string) =>
  ({ name: user.fullName, [rolesClaim]: { roles: user.roles } })

/** All a person's claims, as userinfo returns them. */
export const claimsOf = (user: DemoUser, rolesClaim: string) =>
  ({ sub: user.sub, email: user.email, email_verified: true, ...accessClaimsOf(user, rolesClaim) })
