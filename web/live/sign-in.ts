import type { UserManager } from 'oidc-client-ts'
import type { Config } from '../../src/client/domain/calendar.ts'
import { SIGNING_IN } from './signing-in.ts'

/** How a sign-in ends. */
export type SignInEnd = 'expired' | 'signed out'

/** Signs in and out. Tokens are kept for this tab only, until it is closed or the caller signs out. */
export interface SignInState {
  /** The token, unless there is none or it has expired. */
  readonly token: () => string | undefined
  /** Leaves for the issuer, which redirects back to the present address. Absent if there is no issuer. */
  readonly signIn?: () => void
  /** Signs out of all tabs with the same sign-in. */
  readonly signOut: () => Promise<void>
  /**
   * Calls `listener` when the token expires, and when the caller has signed out, here or in another tab, and the page stays;
   * at once if that has been done while the page was loaded.
   */
  readonly onEnd: (listener: (how: SignInEnd) => void) => void
  /** Calls `notify` when signing in fails, and at once if it has just failed. */
  readonly onError: (notify: (reason: string) => void) => void
}

/** Seconds that the issuer may take for an answer. */
const ISSUER_TIMEOUT = 10
const ISSUER_UNREACHABLE = 'The sign-in service is not reachable. Please try again.'

/** Restores the sign-in of this tab, or completes one that the issuer has redirected back here. */
export async function openSignIn({ issuer, clientId, audience }: Config, root: URL): Promise<SignInState> {
  if (issuer === undefined)
    return { token: () => undefined, signOut: () => Promise.resolve(), onEnd: () => {}, onError: () => {} }
  const manager = onceDone(() => managerOf({ issuer, clientId, audience }, root))
  // Loads the sign-in library only for a caller who signs in.
  const isNeeded = isCallback() || Object.keys(sessionStorage).some((key) => key.startsWith('oidc.user:'))
  let notify: ((reason: string) => void) | undefined
  const end = oneEnd()
  const problem = isNeeded ? await finishSignIn(await manager()) : undefined
  let user = isNeeded ? await (await manager()).getUser() : null
  const otherTabs = new BroadcastChannel('signed-out')
  otherTabs.addEventListener('message', ({ data: subject }: MessageEvent<string>) => {
    if (user?.profile.sub !== subject) return
    user = null
    void manager().then((one) => one.removeUser())
    end.tell('signed out')
  })
  return {
    token: () => (user && !user.expired ? user.access_token : undefined),
    signIn: () =>
      void manager()
        .then((one) => {
          dispatchEvent(new Event(SIGNING_IN))
          return one.signinRedirect({ state: location.href })
        })
        .catch(() => notify?.(ISSUER_UNREACHABLE)),
    async signOut() {
      if (user) otherTabs.postMessage(user.profile.sub)
      user = null
      if (!(await leaveIssuer(await manager()))) end.tell('signed out')
    },
    onEnd(listener) {
      end.listen(listener)
      if (user) void manager().then(({ events }) => events.addAccessTokenExpired(() => listener('expired')))
    },
    onError(listener) {
      notify = listener
      if (problem !== undefined) listener(problem)
    },
  }
}

/** The end of a sign-in, of which a listener learns also if it comes later. */
function oneEnd() {
  let told: SignInEnd | undefined
  let listener: ((how: SignInEnd) => void) | undefined
  return {
    tell(how: SignInEnd) {
      told = how
      listener?.(how)
    },
    listen(tellHow: (how: SignInEnd) => void) {
      listener = tellHow
      if (told) tellHow(told)
    },
  }
}

/** What is done when it is first needed. A failure is not remembered: the next attempt does it again. */
function onceDone<T>(act: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined
  return () =>
    (done ??= act().catch((error: unknown) => {
      done = undefined
      throw error
    }))
}

/**
 * Ends the session at the issuer, which redirects back here. The caller is signed out of the page even if the issuer has no
 * address for that or cannot be reached.
 * @returns whether it leads to the issuer
 */
async function leaveIssuer(manager: UserManager): Promise<boolean> {
  await manager.removeUser()
  const address = await manager.metadataService.getEndSessionEndpoint().catch(() => undefined)
  if (address === undefined) return false
  await manager.signoutRedirect()
  return true
}

async function managerOf(
  { issuer, clientId, audience }: { issuer: string } & Pick<Config, 'clientId' | 'audience'>,
  root: URL,
): Promise<UserManager> {
  const { UserManager, WebStorageStateStore } = await import('oidc-client-ts')
  const store = new WebStorageStateStore({ store: sessionStorage })
  return new UserManager({
    authority: issuer,
    client_id: clientId,
    redirect_uri: root.href,
    post_logout_redirect_uri: root.href,
    response_type: 'code',
    scope: 'openid profile',
    // Auth0 and others issue a token for the calendar only if the request names its audience.
    extraQueryParams: { audience },
    userStore: store,
    stateStore: store,
    automaticSilentRenew: false,
    requestTimeoutInSeconds: ISSUER_TIMEOUT,
  })
}

/** Whether the issuer has redirected here. */
function isCallback(): boolean {
  const query = new URLSearchParams(location.search)
  return query.has('state') && (query.has('code') || query.has('error'))
}

/** @returns why signing in failed; undefined if it succeeded or was not attempted */
async function finishSignIn(manager: UserManager): Promise<string | undefined> {
  if (!isCallback()) return undefined
  try {
    const user = await manager.signinCallback()
    history.replaceState(null, '', typeof user?.state === 'string' ? user.state : location.pathname)
    return undefined
  } catch (error) {
    const isOld = !new URLSearchParams(location.search).has('error') && /No matching state/.test(String(error))
    history.replaceState(null, '', location.pathname)
    // The address of an earlier sign-in, visited again: nothing has failed.
    if (isOld) return undefined
    return `Signing in did not work: ${error instanceof Error ? error.message : 'the issuer did not say why'}.`
  }
}
