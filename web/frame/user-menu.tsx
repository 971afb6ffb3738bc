import { useState } from 'preact/hooks'
import { Icon } from '../icon.tsx'
import { useApp } from '../live/app-context.ts'
import { Link, useNavigation } from '../live/navigation.tsx'
import { OwnButton, type useOwnList } from '../pages/own-reservations.tsx'
import { PanelButton } from './panel-button.tsx'
import { placeOf, VIEWS } from '../routes.ts'
import { chosenTheme, chooseTheme, THEME_CHOICES, THEME_NAMES, type ThemeChoice } from '../theme.ts'
import { HelpButton } from './help.tsx'
import { VIEW_NAMES } from './view-names.ts'
import './user-menu.css'

interface MenuProps {
  /** On a phone: an icon, and the pages as well. */
  readonly brief: boolean
  readonly list: ReturnType<typeof useOwnList>
}

/** Who the caller is, and the menu of what is theirs: reservations, theme, help, signing in and out. */
export function MenuButton({ brief, list }: MenuProps) {
  const { caller } = useApp()
  const name = caller.role === 'admin' ? `${caller.name} (admin)` : caller.name
  const menu = (close: () => void) => <Menu brief={brief} list={list} name={name} close={close} />
  if (brief) {
    return (
      <PanelButton class="menu-button" label="Menu" title="Menu" panelClass="menu" face={<Icon name="menu" />}>
        {menu}
      </PanelButton>
    )
  }
  const face = (
    <>
      <bdi>{name ?? 'Menu'}</bdi> <Icon name="down" />
    </>
  )
  return (
    <>
      <SignInButton />
      <PanelButton class="user plain" title="Menu" align="right" panelClass="menu" face={face}>
        {menu}
      </PanelButton>
      <HelpButton />
    </>
  )
}

/** Signs in; nothing if the caller is signed in already, or nobody can be. */
function SignInButton() {
  const { caller, signInState } = useApp()
  if (caller.id !== undefined || !signInState.signIn) return null
  return (
    <button type="button" class="primary" onClick={signInState.signIn}>
      Sign in
    </button>
  )
}

function Menu({ brief, list, name, close }: MenuProps & { name: string | undefined; close: () => void }) {
  const { signInState, caller } = useApp()
  return (
    <>
      {brief && name !== undefined && (
        <h2>
          <bdi>{name}</bdi>
        </h2>
      )}
      {list && <OwnButton list={list} before={close} />}
      {brief && <ViewLinks close={close} />}
      <ThemeChoices />
      <hr />
      {brief && <HelpButton text />}
      <a class="item" href="./docs">
        For programs: the API
      </a>
      {caller.id !== undefined && (
        <button type="button" onClick={() => void signInState.signOut()}>
          Sign out
        </button>
      )}
      {brief && <SignInButton />}
    </>
  )
}

function ViewLinks({ close }: { close: () => void }) {
  const { route } = useNavigation()
  if (route.page !== 'site') return null
  return (
    <nav aria-label="View" onClick={close}>
      <h3>View</h3>
      {VIEWS.map((view) => (
        <Link key={view} class="item" to={{ ...placeOf(route), view }}>
          {VIEW_NAMES[view]}
        </Link>
      ))}
    </nav>
  )
}

function ThemeChoices() {
  const [theme, setTheme] = useState(chosenTheme)
  const choose = (next: ThemeChoice) => {
    chooseTheme(next)
    setTheme(next)
  }
  return (
    <div role="group" aria-label="Theme">
      <h3>Theme</h3>
      {THEME_CHOICES.map((one) => (
        <button key={one} type="button" aria-pressed={one === theme} onClick={() => choose(one)}>
          {THEME_NAMES[one]}
        </button>
      ))}
    </div>
  )
}
