import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { errors, Provider } from 'oidc-provider'
import type { Account, Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { accessClaimsOf, claimsOf, userWithSub } from './users.ts'
import type { Demo, DemoIdentityOptions } from './options.ts'
import { isLoopbackRequest, reject } from './loopback-only.ts'
import { devicePage, messagePage, policyOf, signOutPage } from './page.ts'
import { signIn } from './sign-in.ts'
import { memoryStorage } from './storage.ts'
import { userinfo } from './userinfo.ts'

const HOUR = 3600
const DAY = 24 * HOUR

/**
 * Opens an OpenID Connect provider without passwords, for trying the calendar without a real one. Anyone who reaches it
 * can sign in as anyone, so the caller must listen on loopback only; requests through a proxy are rejected.
 * @returns a handler of requests whose path begins with that of the issuer
 */
export function openDemoIdentity(options: DemoIdentityOptions): (req: IncomingMessage, res: ServerResponse) => void {
  const { protocol, port, pathname: mount } = new URL(options.issuer)
  const origins = ['127.0.0.1', 'localhost'].map((host) => new URL(`${protocol}//${host}:${port}`).origin)
  const demo = { ...options, mount, origins }
  const provider = new Provider(options.issuer, configurationOf(demo))
  allowRedirects(provider, demo)
  provider.use((ctx, next) => {
    ctx.set({
      'Content-Security-Policy': policyOf(origins),
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
    })
    return next()
  })
  provider.use(userinfo(demo))
  provider.use(signIn(provider, mount))
  const handle = provider.callback()
  return (req, res) => {
    if (!isLoopbackRequest(req)) return reject(res)
    const { url = mount } = req
    // The provider derives its mount path from the two URLs.
    Object.assign(req, { originalUrl: url, url: url.slice(mount.length).replace(/^(?!\/)/, '/') })
    void handle(req, res)
  }
}

// oxlint-disable-next-line max-lines-per-function -- one call or field a line
function configurationOf(demo: Demo): Configuration {
  const { clientId, rolesClaim, key, origins } = demo
  const home = origins.map((origin) => `${origin}/`)
  return {
    adapter: memoryStorage(),
    clients: [
      {
        client_id: clientId,
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        redirect_uris: home,
        post_logout_redirect_uris: home,
      },
    ],
    clientAuthMethods: ['none'],
    responseTypes: ['code'],
    pkce: { required: () => true },
    claims: { openid: ['sub', rolesClaim], profile: ['name'], email: ['email', 'email_verified'] },
    clientBasedCORS: (_, origin) => origins.includes(origin),
    jwks: { keys: [{ ...key }] },
    ttl: {
      AccessToken: HOUR,
      AuthorizationCode: 60,
      DeviceCode: 600,
      IdToken: HOUR,
      Interaction: HOUR,
      RefreshToken: DAY,
      Session: DAY,
      Grant: DAY,
    },
    routes: { authorization: '/auth', token: '/token', jwks: '/jwks', end_session: '/sign-out' },
    discovery: { userinfo_endpoint: `${demo.issuer}/userinfo` },
    interactions: { url: (_, { uid }) => `${demo.mount}/sign-in/${uid}` },
    features: featuresOf(demo),
    cookies: cookiesOf(demo),
    findAccount: (_, sub) => accountOf(sub, rolesClaim),
    extraTokenClaims: (_, token) => ('accountId' in token ? tokenClaimsOf(token.accountId, rolesClaim) : undefined),
    loadExistingGrant: grantEverything,
    renderError: (ctx, { error, error_description: reason }) =>
      show(ctx, messagePage('That did not work', reason ?? error)),
  }
}

function accountOf(sub: string, rolesClaim: string): Account | undefined {
  const user = userWithSub(sub)
  return user && { accountId: sub, claims: () => claimsOf(user, rolesClaim) }
}

function tokenClaimsOf(sub: string, rolesClaim: string) {
  const user = userWithSub(sub)
  return user && accessClaimsOf(user, rolesClaim)
}

function show(ctx: KoaContextWithOIDC, html: string): void {
  ctx.type = 'html'
  ctx.body = html
}

const featuresOf = ({ audience }: Demo): Configuration['features'] => ({
  devInteractions: { enabled: false },
  // Ours, in userinfo.ts.
  userinfo: { enabled: false },
  resourceIndicators: {
    enabled: true,
    defaultResource: () => audience,
    useGrantedResource: () => true,
    getResourceServerInfo: (_, resource) => {
      if (resource !== audience) throw new errors.InvalidTarget()
      return { scope: '', audience, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }
    },
  },
  deviceFlow: {
    enabled: true,
    userCodeInputSource: (ctx, form, _, error) =>
      show(
        ctx,
        devicePage(
          error ? 'That code is not known. Enter the code of the terminal.' : 'Enter the code of the terminal.',
          form,
        ),
      ),
    userCodeConfirmSource: (ctx, form, _client, _device, code) =>
      show(ctx, devicePage(`Does your terminal show the code ${code}?`, form)),
    successSource: (ctx) => show(ctx, messagePage('Signed in', 'Go back to your terminal.')),
  },
  rpInitiatedLogout: {
    enabled: true,
    logoutSource: (ctx, form) => show(ctx, signOutPage(form)),
    postLogoutSuccessSource: (ctx) => show(ctx, messagePage('Signed out', 'You can close this page.')),
  },
})

/** Browsers share cookies between the ports of a host, so the names contain the port. */
function cookiesOf({ issuer, mount }: Demo): Configuration['cookies'] {
  const prefix = `demo_identity_${new URL(issuer).port}`
  const options = { httpOnly: true, sameSite: 'lax', signed: true } as const
  return {
    names: { session: prefix, interaction: `${prefix}_sign_in`, resume: `${prefix}_resume` },
    // As short-lived as the storage they point into.
    keys: [randomBytes(32).toString('base64url')],
    long: { ...options, path: mount },
    short: options,
  }
}

/** Grants consent without asking: the only client is the calendar itself. */
async function grantEverything({ oidc }: KoaContextWithOIDC) {
  const { account, client, provider, session } = oidc
  if (!account || !client) return undefined
  const grantId = session?.grantIdFor(client.clientId)
  const known = grantId ? await provider.Grant.find(grantId) : undefined
  if (known?.accountId === account.accountId) return known
  const grant = new provider.Grant({ accountId: account.accountId, clientId: client.clientId })
  grant.addOIDCScope('openid profile email offline_access')
  await grant.save()
  return grant
}

/** Allows redirects to any path of the calendar; the library's own list has exact URLs only. */
function allowRedirects(provider: Provider, { origins }: Demo): void {
  const isOurs = (uri: string): boolean => {
    if (!URL.canParse(uri)) return false
    const { origin, username, password, hash } = new URL(uri)
    return origins.includes(origin) && !username && !password && !hash
  }
  Object.assign(provider.Client.prototype, { redirectUriAllowed: isOurs, postLogoutRedirectUriAllowed: isOurs })
}
