import { useEffect, useMemo, useState } from 'preact/hooks'
import { EditingProvider } from './editor/editing.tsx'
import { STRANGER, SurroundingsContext, type Surroundings } from './live/surroundings.ts'
import { useNavigation } from './live/place.tsx'
import { NoticeProvider, useTell } from './notices.tsx'
import { NetworkPage } from './pages/network-page.tsx'
import { SitePage } from './pages/site-page.tsx'
import { TopBar } from './top-bar.tsx'

/** The whole page: who looks at it, where they are, and what may be told to them. */
export function App(given: Surroundings) {
  const [expired, setExpired] = useState(false)
  useEffect(() => given.session.onExpiry(() => setExpired(true)), [given.session])
  const surroundings = useMemo(() => (expired ? { ...given, caller: STRANGER } : given), [given, expired])
  return (
    <SurroundingsContext.Provider value={surroundings}>
      <NoticeProvider>
        <EditingProvider>
          <SignInTrouble expired={expired} {...given} />
          <Page />
        </EditingProvider>
      </NoticeProvider>
    </SurroundingsContext.Provider>
  )
}

function Page() {
  const { place } = useNavigation()
  return (
    <div class={place.embed ? 'page embedded' : 'page'}>
      <a class="skip" href="#content">Skip to the calendar</a>
      {!place.embed && <TopBar />}
      <main id="content" tabIndex={-1}>{place.page === 'site' ? <SitePage place={place} /> : <NetworkPage place={place} />}</main>
    </div>
  )
}

/** Says why nobody is signed in any more, or yet. */
function SignInTrouble({ expired, session }: { expired: boolean; session: Surroundings['session'] }) {
  const tell = useTell()
  useEffect(() => {
    const { signIn } = session
    const tellWhy = (text: string) => tell({ tone: 'problem', text, actions: signIn ? [{ label: 'Sign in again', act: signIn }] : [] })
    session.onTrouble(tellWhy)
    if (expired) tellWhy('Your sign-in has expired.')
  }, [expired, session])
  return null
}
