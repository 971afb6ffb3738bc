import { render } from 'preact'
import { App } from './app.tsx'
import { calendarAt, MOST_SITES } from '../src/client/calendar.ts'
import { changesFrom } from './live/changes.ts'
import { openSession, type Session } from './live/session.ts'
import { NavigationProvider } from './live/place.tsx'
import { STRANGER, type Surroundings } from './live/surroundings.ts'
import { rootOf } from './paths.ts'
import { takeUpTheme } from './theme.ts'
import './theme.css'

const PLACE = document.getElementById('page') as HTMLElement

/** Asks the calendar what there is and who is signed in, and shows it; tries again until it answers. */
async function start(): Promise<void> {
  const root = rootOf(location.href)
  let session: Session | undefined
  const calendar = calendarAt({ base: endpointsBelow(root), token: () => session?.token() })
  try {
    const [config, sites] = await Promise.all([calendar.config(), calendar.sites()])
    session = await openSession(config, root)
    const caller = session.token() ? await calendar.me() : STRANGER
    const codes = sites.map(({ code }) => code)
    const changes = changesFrom(config.stream && codes.length <= MOST_SITES ? calendar.changesAt(codes) : undefined)
    show({ calendar, config, sites: new Map(sites.map((site) => [site.code, site])), caller, session, changes })
  } catch (error) {
    render(<Waiting reason={error instanceof Error ? error.message : ''} />, PLACE)
    setTimeout(() => void start(), 5000)
  }
}

/** The server says where the endpoints are, seen from the page. */
function endpointsBelow(root: URL): URL {
  const { content } = document.querySelector<HTMLMetaElement>('meta[name=calendar]') as HTMLMetaElement
  return new URL(content, root)
}

function show(surroundings: Surroundings): void {
  render(
    <NavigationProvider>
      <App {...surroundings} />
    </NavigationProvider>,
    PLACE,
  )
}

function Waiting({ reason }: { reason: string }) {
  return (
    <main class="waiting">
      <h1>Photon Ranch Calendar</h1>
      <p role="alert">{reason} Trying again …</p>
    </main>
  )
}

takeUpTheme()
void start()
