import { errors } from 'oidc-provider'
import type { Provider } from 'oidc-provider'
import { userNamed } from './users.ts'
import { messagePage, signInPage } from './page.ts'

type Middleware = Parameters<Provider['use']>[0]
type Context = Parameters<Middleware>[0]

/** The sign-in page, `/sign-in/:uid`, and its buttons, each of which posts to `/sign-in/:uid/:name`. */
export const signIn =
  (provider: Provider, mount: string): Middleware =>
  async (ctx, next) => {
    if (!ctx.path.startsWith('/sign-in/')) return next()
    ctx.type = 'html'
    ctx.set('Cache-Control', 'no-store')
    return (ctx.method === 'POST' ? choose(provider, ctx) : offer(provider, ctx, mount)).catch((error: unknown) => {
      if (!(error instanceof errors.SessionNotFound)) throw error
      showError(ctx, 'This sign-in has expired. Go back to the calendar and sign in again.')
    })
  }

async function offer(provider: Provider, ctx: Context, mount: string): Promise<void> {
  const { uid, prompt } = await provider.interactionDetails(ctx.req, ctx.res)
  // Consent is granted without asking.
  if (prompt.name === 'consent') return finish(provider, ctx, { consent: {} })
  ctx.body = signInPage(`${mount}/sign-in/${uid}`)
}

async function choose(provider: Provider, ctx: Context): Promise<void> {
  const user = userNamed(ctx.path.split('/')[3] ?? '')
  if (!user) return showError(ctx, 'The demo has no user of that name.')
  await finish(provider, ctx, { login: { accountId: user.sub } })
}

async function finish(
  provider: Provider,
  ctx: Context,
  result: Parameters<Provider['interactionResult']>[2],
): Promise<void> {
  const next = await provider.interactionResult(ctx.req, ctx.res, result)
  ctx.redirect(next)
  ctx.status = 303
}

function showError(ctx: Context, reason: string): void {
  ctx.status = 400
  ctx.body = messagePage('That did not work', reason)
}
