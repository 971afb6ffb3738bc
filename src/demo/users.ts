/** A user of the demo, as whom anyone can sign in. */
export interface DemoUser {
  /** Short and lower-case, as typed on a command line: `ada`. */
  readonly name: string
  /** The subject of the tokens: `demo|ada`. */
  readonly sub: string
  readonly fullName: string
  /** In a domain reserved for examples (RFC 2606). */
  readonly email: string
  readonly roles: readonly string[]
}

const demoUser = (name: string, fullName: string, roles: readonly string[] = []): DemoUser => ({
  name,
  sub: `demo|${name}`,
  fullName,
  email: `${name}@example.org`,
  roles,
})

/** All users of the demo: three observers and one admin. */
export const demoUsers: readonly DemoUser[] = [
  demoUser('ada', 'Ada Lovelace'),
  demoUser('bo', 'Bo Jansson'),
  demoUser('cleo', 'Cleo Okafor'),
  demoUser('grace', 'Grace Hopper', ['admin']),
]

/** The user of a short name: `ada`. */
export const userNamed = (name: string): DemoUser | undefined => demoUsers.find((each) => each.name === name)

/** The user of a token's subject: `demo|ada`. */
export const userWithSub = (sub: string): DemoUser | undefined => demoUsers.find((each) => each.sub === sub)

/** The claims of a user's access token, except `sub`. The roles are under `rolesClaim`, where the calendar reads them. */
export const accessClaimsOf = (user: DemoUser, rolesClaim: string) => ({
  name: user.fullName,
  [rolesClaim]: { roles: user.roles },
})

/** All claims of a user, as userinfo returns them. */
export const claimsOf = (user: DemoUser, rolesClaim: string) => ({
  sub: user.sub,
  email: user.email,
  email_verified: true,
  ...accessClaimsOf(user, rolesClaim),
})
