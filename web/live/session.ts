import type { UserManager } from 'oidc-client-ts'
import type { Config } from '../../src/client/calendar.ts'

/** Who signs in and out. Tokens stay in this tab: they are gone when it is closed. */
export interface Session {
  /** The token that holds now, if any. */
  readonly token: () => string | undefined
  /** Leads away to the issuer and, in the end, back to where one was. Absent where nobody can sign in. */
  readonly signIn?: () => Promise<void>
  readonly signOut: () => Promise<void>
  /** Calls `expired` when the token no longer holds. */
  readonly onExpiry: (expired: () => void) => void
  /** Why the last attempt to sign in came to nothing. */
  readonly problem: string | undefined
}

/** Takes up the session of this tab, or the end of a sign-in that leads back here. */
export async function openSession({ issuer, clientId, audience }: Config, root: URL): Promise<Session> {
  if (issuer === undefined) return { token: () => undefined, signOut: () => Promise.resolve(), onExpiry: () => {}, problem: undefined }
  const { UserManager, WebStorageStateStore } = await import('oidc-client-ts')
  const store = new WebStorageStateStore({ store: sessionStorage })
  const manager = new UserManager({
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
  const problem = await finishSignIn(manager)
  let user = await manager.getUser()
  return {
    token: () => (user && !user.expired ? user.access_token : undefined),
    signIn: () => manager.signinRedirect({ state: location.href }),
    async signOut() {
      user = null
      await manager.removeUser()
      if (await manager.metadataService.getEndSessionEndpoint()) await manager.signoutRedirect()
      else location.reload()
    },
    onExpiry: (expired) => void manager.events.addAccessTokenExpired(expired),
    problem,
  }
}

/** @returns why it came to nothing, where it did */
async function finishSignIn(manager: UserManager): Promise<string | undefined> {
  const query = new URLSearchParams(location.search)
  if (!query.has('state') || !(query.has('code') || query.has('error'))) return undefined
  try {
    const user = await manager.signinCallback()
    history.replaceState(null, '', typeof user?.state === 'string' ? user.state : location.pathname)
    return undefined
  } catch (error) {
    history.replaceState(null, '', location.pathname)
    return `Signing in did not work: ${error instanceof Error ? error.message : 'the issuer did not say why'}.`
  }
}
