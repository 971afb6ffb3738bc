import { jwtVerify } from 'jose/jwt/verify'
import type { Provider } from 'oidc-provider'
import { claimsOf, userWithSub } from './users.ts'
import type { DemoUser } from './users.ts'
import type { Demo } from './options.ts'

type Middleware = Parameters<Provider['use']>[0]
type Context = Parameters<Middleware>[0]

/**
 * The userinfo endpoint. The library's own accepts only tokens for itself, and a browser has only the one for the
 * calendar.
 */
export const userinfo =
  (demo: Demo): Middleware =>
  async (ctx, next) => {
    if (ctx.path !== '/userinfo') return next()
    const origin = ctx.get('Origin')
    ctx.vary('Origin')
    if (demo.origins.includes(origin)) ctx.set('Access-Control-Allow-Origin', origin)
    return ctx.method === 'OPTIONS' ? preflight(ctx) : answer(ctx, demo)
  }

function preflight(ctx: Context): void {
  ctx.set({ 'Access-Control-Allow-Methods': 'GET, POST', 'Access-Control-Allow-Headers': 'Authorization' })
  ctx.status = 204
}

async function answer(ctx: Context, demo: Demo): Promise<void> {
  const user = await bearer(ctx.get('Authorization'), demo)
  ctx.set('Cache-Control', 'no-store')
  ctx.status = user ? 200 : 401
  if (!user) ctx.set('WWW-Authenticate', 'Bearer error="invalid_token"')
  ctx.body = user ? claimsOf(user, demo.rolesClaim) : { error: 'invalid_token' }
}

async function bearer(header: string, { issuer, audience, key }: Demo): Promise<DemoUser | undefined> {
  const token = /^Bearer +(\S+)$/i.exec(header)?.[1]
  if (!token) return undefined
  const { kty, n, e } = key
  const options = { issuer, audience, algorithms: [key.alg], typ: 'at+jwt' }
  const verified = await jwtVerify(token, { kty, n, e }, options).catch(() => undefined)
  return userWithSub(verified?.payload.sub ?? '')
}
