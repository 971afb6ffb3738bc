import type { UserManager } from 'oidc-client-ts'
import type { Config } from '../../src/client/calendar.ts'

/** Who signs in and out. Tokens stay in this tab: they are gone when it is closed. */
export interface SignInState {
  /** The token that holds now, if any. */
  readonly token: () => string | undefined
  /** Leads away to the issuer and, in the end, back to where one was. Absent where nobody can sign in. */
  readonly signIn?: () => void
  readonly signOut: () => Promise<void>
  /** Calls `expired` when the token no longer holds. */
  readonly onExpiry: (expired: () => void) => void
  /** Calls `tell` when an attempt to sign in came to nothing; at once where the last one has. */
  readonly onError: (notify: (why: string) => void) => void
}

const ISSUER_UNREACHABLE = 'Whoever signs people in cannot be reached just now; please try again.'

/** Takes up the session of this tab, or the end of a sign-in that leads back here. */
export async function openSignIn({ issuer, clientId, audience }: Config, root: URL): Promise<SignInState> {
  if (issuer === undefined) return { token: () => undefined, signOut: () => Promise.resolve(), onExpiry: () => {}, onError: () => {} }
  let made: Promise<UserManager> | undefined
  const manager = () => (made ??= managerOf({ issuer, clientId, audience }, root))
  // What signs people in is not loaded for those who only look.
  const begun = isCallback() || Object.keys(sessionStorage).some((key) => key.startsWith('oidc.user:'))
  let notify: ((why: string) => void) | undefined
  const problem = begun ? await finishSignIn(await manager()) : undefined
  let user = begun ? await (await manager()).getUser() : null
  return {
    token: () => (user && !user.expired ? user.access_token : undefined),
    signIn: () => void manager().then((one) => one.signinRedirect({ state: location.href })).catch(() => notify?.(ISSUER_UNREACHABLE)),
    async signOut() {
      user = null
      const signedIn = await manager()
      await signedIn.removeUser()
      // Here one is signed out already, whether or not the issuer can be told.
      if (await signedIn.metadataService.getEndSessionEndpoint().catch(() => undefined)) await signedIn.signoutRedirect()
      else location.reload()
    },
    onExpiry: (expired) => void (user && manager().then(({ events }) => events.addAccessTokenExpired(expired))),
    onError(listener) {
      notify = listener
      if (problem !== undefined) listener(problem)
    },
  }
}

async function managerOf({ issuer, clientId, audience }: { issuer: string } & Pick<Config, 'clientId' | 'audience'>, root: URL): Promise<UserManager> {
  const { UserManager, WebStorageStateStore } = await import('oidc-client-ts')
  const store = new WebStorageStateStore({ store: sessionStorage })
  return new UserManager({
    authority: issuer,
    client_id: clientId,
    redirect_uri: root.href,
    post_logout_redirect_uri: root.href,
    response_type: 'code',
    scope: 'openid profile',
    // Auth0 and its like give a token for the calendar only to who names it.
    extraQueryParams: { audience },
    userStore: store,
    stateStore: store,
    automaticSilentRenew: false,
  })
}

/** Whether this is where a sign-in ends. */
function isCallback(): boolean {
  const query = new URLSearchParams(location.search)
  return query.has('state') && (query.has('code') || query.has('error'))
}

/** @returns why it came to nothing, where it did */
async function finishSignIn(manager: UserManager): Promise<string | undefined> {
  if (!isCallback()) return undefined
  try {
    const user = await manager.signinCallback()
    history.replaceState(null, '', typeof user?.state === 'string' ? user.state : location.pathname)
    return undefined
  } catch (error) {
    history.replaceState(null, '', location.pathname)
    return `Signing in did not work: ${error instanceof Error ? error.message : 'the issuer did not say why'}.`
  }
}
