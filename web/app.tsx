import { useEffect, useMemo, useState } from 'preact/hooks'
import { EditingProvider } from './editor/editing.tsx'
import { ANONYMOUS, AppContextProvider, type AppContext } from './live/app-context.ts'
import { useNavigation } from './live/navigation.tsx'
import { NoticeProvider, useNotify } from './notices.tsx'
import { NetworkPage } from './pages/network-page.tsx'
import { SitePage } from './pages/site-page.tsx'
import { TopBar } from './top-bar.tsx'

/** The whole page: who looks at it, where they are, and what may be told to them. */
export function App(given: AppContext) {
  const [expired, setExpired] = useState(false)
  useEffect(() => given.session.onExpiry(() => setExpired(true)), [given.session])
  const app = useMemo(() => (expired ? { ...given, caller: ANONYMOUS } : given), [given, expired])
  return (
    <AppContextProvider.Provider value={app}>
      <NoticeProvider>
        <EditingProvider>
          <SignInTrouble expired={expired} {...given} />
          <Page />
        </EditingProvider>
      </NoticeProvider>
    </AppContextProvider.Provider>
  )
}

function Page() {
  const { route } = useNavigation()
  return (
    <div class={route.embed ? 'page embedded' : 'page'}>
      <a class="skip" href="#content">Skip to the calendar</a>
      {!route.embed && <TopBar />}
      <main id="content" tabIndex={-1}>{route.page === 'site' ? <SitePage place={route} /> : <NetworkPage place={route} />}</main>
    </div>
  )
}

/** Says why nobody is signed in any more, or yet. */
function SignInTrouble({ expired, session }: { expired: boolean; session: AppContext['session'] }) {
  const notify = useNotify()
  useEffect(() => {
    const { signIn } = session
    const tellWhy = (text: string) => notify({ tone: 'problem', text, actions: signIn ? [{ label: 'Sign in again', act: signIn }] : [] })
    session.onError(tellWhy)
    if (expired) tellWhy('Your sign-in has expired.')
  }, [expired, session])
  return null
}
