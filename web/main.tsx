import { render } from 'preact'
import { App } from './app.tsx'
import { calendarAt, MAX_SITES } from '../src/client/calendar.ts'
import { changesFrom } from './live/changes.ts'
import { openSignIn, type SignInState } from './live/sign-in.ts'
import { NavigationProvider } from './live/navigation.tsx'
import { ANONYMOUS, type AppContext } from './live/app-context.ts'
import { rootOf } from './routes.ts'
import { applyStoredTheme } from './theme.ts'
import './theme.css'

const ROUTE = document.getElementById('page') as HTMLElement

/** Asks the calendar what there is and who is signed in, and shows it; tries again until it answers. */
async function start(): Promise<void> {
  const root = rootOf(location.href)
  let session: SignInState | undefined
  const calendar = calendarAt({ base: endpointsBelow(root), token: () => session?.token() })
  try {
    const [config, sites] = await Promise.all([calendar.config(), calendar.sites()])
    session = await openSignIn(config, root)
    const caller = session.token() ? await calendar.me() : ANONYMOUS
    const codes = sites.map(({ code }) => code)
    const changes = changesFrom(config.stream && codes.length <= MAX_SITES ? calendar.changesAt(codes) : undefined)
    show({ calendar, config, sites: new Map(sites.map((site) => [site.code, site])), caller, session, changes })
  } catch (error) {
    render(<LoadingScreen reason={error instanceof Error ? error.message : ''} />, ROUTE)
    setTimeout(() => void start(), 5000)
  }
}

/** The server says where the endpoints are, seen from the page. */
function endpointsBelow(root: URL): URL {
  const { content } = document.querySelector<HTMLMetaElement>('meta[name=calendar]') as HTMLMetaElement
  return new URL(content, root)
}

function show(app: AppContext): void {
  render(
    <NavigationProvider>
      <App {...app} />
    </NavigationProvider>,
    ROUTE,
  )
}

function LoadingScreen({ reason }: { reason: string }) {
  return (
    <main class="waiting">
      <h1>Photon Ranch Calendar</h1>
      <p role="alert">{reason} Trying again …</p>
    </main>
  )
}

applyStoredTheme()
void start()
