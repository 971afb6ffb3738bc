import { render, type VNode } from 'preact'
import { App } from './app.tsx'
import { domainCalendarAt, MAX_SITES } from '../src/client/domain/calendar.ts'
import { isTimeZone } from '../src/sky/zone.ts'
import { changesFrom } from './live/changes.ts'
import { noteServerTime } from './live/clock.ts'
import { openSignIn, type SignInState } from './live/sign-in.ts'
import { NavigationProvider } from './live/navigation.tsx'
import { ANONYMOUS, type AppContext } from './live/app-context.ts'
import { followHabitOf } from './format/clock.ts'
import { rootOf } from './routes.ts'
import { applyStoredTheme } from './theme.ts'
import './theme.css'
import './typeface.css'
import './base.css'
import './controls.css'

const CONTAINER = document.getElementById('page') as HTMLElement
const RETRY_MS = 5000

/** Reads the configuration, the sites and the caller, and renders the page. Tries again until that succeeds. */
async function start(): Promise<void> {
  const root = rootOf(location.href)
  let signInState: SignInState | undefined
  const calendar = domainCalendarAt({
    base: endpointsBelow(root),
    token: () => signInState?.token(),
    fetch: timedFetch,
  })
  try {
    const [config, all] = await Promise.all([calendar.config(), calendar.sites()])
    // A zone that came after this browser; the other telescopes are shown all the same.
    const sites = all.filter(({ timeZone }) => isTimeZone(timeZone))
    const unshown = all.filter((site) => !sites.includes(site))
    signInState = await openSignIn(config, root)
    const caller = signInState.token() ? await calendar.me() : ANONYMOUS
    const codes = sites.map(({ code }) => code)
    const changes = changesFrom(
      config.stream && codes.length <= MAX_SITES ? calendar.changesAt(codes) : undefined,
      caller.id ?? '',
    )
    show({
      calendar,
      config,
      sites: new Map(sites.map((site) => [site.code, site])),
      unshown,
      caller,
      signInState,
      changes,
    })
  } catch (error) {
    draw(<LoadingScreen reason={error instanceof Error ? error.message : ''} />)
    setTimeout(() => void start(), RETRY_MS)
  }
}

/** Sends a request, and compares the clocks by its response. */
const timedFetch: typeof fetch = async (...request) => {
  const response = await fetch(...request)
  noteServerTime(response.headers.get('date'))
  return response
}

/** The address of the endpoints. The server writes it into the document, relative to the root. */
function endpointsBelow(root: URL): URL {
  const { content } = document.querySelector<HTMLMetaElement>('meta[name=calendar]') as HTMLMetaElement
  return new URL(content, root)
}

function show(app: AppContext): void {
  draw(
    <NavigationProvider>
      <App {...app} />
    </NavigationProvider>,
  )
}

/** Draws the page in place of what the document says while it is loaded, which `render` would leave below. */
function draw(page: VNode): void {
  CONTAINER.querySelector(':scope > .late')?.remove()
  render(page, CONTAINER)
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
document.documentElement.classList.toggle('twelve-hours', followHabitOf(navigator.language))
void start()
