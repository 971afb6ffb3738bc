import { useState } from 'preact/hooks'
import { Link, useNavigation } from './live/navigation.tsx'
import { useApp } from './live/app-context.ts'
import { OwnReservations } from './pages/own-reservations.tsx'
import { chooseTheme, chosenTheme, THEME_CHOICES, THEME_NAMES, type ThemeChoice } from './theme.ts'

/** The bar above every page: telescopes, the caller's own reservations, theme, sign-in and sign-out. */
export function TopBar() {
  const { config } = useApp()
  const { route } = useNavigation()
  return (
    <header class="top-bar">
      <Link to={{ page: 'network' }} class="brand" current={route.page === 'network'}>
        Photon Ranch
      </Link>
      <SitePicker />
      {config.demo && (
        <span class="demo" title="There are no passwords: anyone who reaches this calendar can sign in as anyone.">
          Demo
        </span>
      )}
      <span class="gap" />
      <OwnReservations />
      <ThemePicker />
      <SignIn />
    </header>
  )
}

function SitePicker() {
  const { sites } = useApp()
  const { route, go } = useNavigation()
  const here = route.page === 'site' ? route.site : ''
  const choose = (code: string) => go(route.page === 'site' ? { ...route, site: code } : { page: 'site', site: code })
  return (
    <select aria-label="Telescope" value={here} onChange={(event) => choose(event.currentTarget.value)}>
      {!sites.has(here) && (
        <option value="" disabled>
          Choose a telescope
        </option>
      )}
      {[...sites.values()].map(({ code, name }) => (
        <option key={code} value={code}>{`${code} · ${name}`}</option>
      ))}
    </select>
  )
}

function ThemePicker() {
  const [theme, setTheme] = useState(chosenTheme)
  const choose = (next: ThemeChoice) => {
    chooseTheme(next)
    setTheme(next)
  }
  return (
    <select aria-label="Theme" value={theme} onChange={(event) => choose(event.currentTarget.value as ThemeChoice)}>
      {THEME_CHOICES.map((one) => (
        <option key={one} value={one}>
          {THEME_NAMES[one]}
        </option>
      ))}
    </select>
  )
}

function SignIn() {
  const { caller, signInState } = useApp()
  if (caller.id !== undefined) {
    return (
      <>
        <span class="caller">{caller.role === 'admin' ? `${caller.name} (admin)` : caller.name}</span>
        <button type="button" onClick={() => void signInState.signOut()}>
          Sign out
        </button>
      </>
    )
  }
  if (!signInState.signIn) return null
  return (
    <button type="button" class="primary" onClick={signInState.signIn}>
      Sign in
    </button>
  )
}
