import { useEffect, useMemo, useState } from 'preact/hooks'
import { EditingProvider } from './editor/editing.tsx'
import { Header } from './frame/header.tsx'
import { NARROW } from './frame/narrow.ts'
import { TabBar } from './frame/tab-bar.tsx'
import { ErrorBoundary } from './error-boundary.tsx'
import { UnknownZone } from './pages/no-such-site.tsx'
import { usePageTitle } from './frame/use-page-title.ts'
import { ANONYMOUS, AppContextProvider, type AppContext, useApp } from './live/app-context.ts'
import { useMedia } from './live/media.ts'
import type { SignInEnd } from './live/sign-in.ts'
import { useNavigation } from './live/navigation.tsx'
import { NoticeProvider, useNotify } from './notices.tsx'
import { NetworkPage } from './lanes/network-page.tsx'
import { linkTo, placeOf } from './routes.ts'
import { SitePage } from './pages/site-page.tsx'

/** The whole page. The caller becomes anonymous when their sign-in ends. */
export function App(props: AppContext) {
  const { signInState } = props
  const [end, setEnd] = useState<SignInEnd>()
  useEffect(() => signInState.onEnd(setEnd), [signInState])
  const app = useMemo(() => (end ? { ...props, caller: ANONYMOUS } : props), [props, end])
  return (
    <AppContextProvider value={app}>
      <NoticeProvider>
        <EditingProvider>
          <SignInNotices isExpired={end === 'expired'} signInState={signInState} />
          <Page />
        </EditingProvider>
      </NoticeProvider>
    </AppContextProvider>
  )
}

function Page() {
  const { route } = useNavigation()
  const { unshown } = useApp()
  const isNarrow = useMedia(NARROW)
  usePageTitle()
  return (
    <div class={route.embed ? 'page embedded' : 'page'}>
      <a class="skip" href="#content">
        Skip to the calendar
      </a>
      {!route.embed && <Header />}
      <main id="content" tabIndex={-1}>
        <ErrorBoundary address={linkTo(placeOf(route))}>
          {route.page === 'site' ? <SitePage route={route} /> : <NetworkPage route={route} />}
        </ErrorBoundary>
        {route.page === 'network' && unshown.map((site) => <UnknownZone key={site.code} site={site} />)}
      </main>
      {!route.embed && isNarrow && <TabBar />}
    </div>
  )
}

/** Shows a notice when signing in fails or the token expires. */
function SignInNotices({ isExpired, signInState }: { isExpired: boolean } & Pick<AppContext, 'signInState'>) {
  const notify = useNotify()
  useEffect(() => {
    const { signIn } = signInState
    const notifyProblem = (text: string) =>
      notify({ tone: 'problem', text, actions: signIn ? [{ label: 'Sign in again', act: signIn }] : [] })
    signInState.onError(notifyProblem)
    if (isExpired) notifyProblem('Your sign-in has expired.')
  }, [isExpired, signInState, notify])
  return null
}
