import type { ComponentChildren } from 'preact'
import type { Site } from '../../src/domain/site.ts'
import { useApp } from '../live/app-context.ts'
import { useMedia } from '../live/media.ts'
import { Link, useNavigation } from '../live/navigation.tsx'
import { OwnButton, useOwnList } from '../pages/own-reservations.tsx'
import { BriefClocks, Clocks } from './clocks.tsx'
import { Logo } from './logo.tsx'
import { NARROW } from './narrow.ts'
import { SiteSwitcher } from './site-switcher.tsx'
import { StateLine } from './state-line.tsx'
import { MenuButton } from './user-menu.tsx'
import './header.css'

/** The first line of every page: where one is, what the telescope does, what time it is, and who one is. */
export function Header() {
  const { sites } = useApp()
  const { route } = useNavigation()
  const isNarrow = useMedia(NARROW)
  const site = route.page === 'site' ? sites.get(route.site) : undefined
  const list = useOwnList()
  const menu = <MenuButton brief={isNarrow} list={list} />
  return (
    <header class="header">
      {isNarrow ? (
        <BriefHeader site={site} menu={menu} />
      ) : (
        <>
          <Link to={{ page: 'network', target: route.target }} class="brand">
            <Logo />
            <span>
              <span class="brand-name">Photon Ranch</span>
              <DemoMark />
            </span>
          </Link>
          {site ? <Where site={site} /> : <NetworkLinks>{list && <OwnButton list={list} />}</NetworkLinks>}
          <span class="gap" />
          <Clocks site={site} />
          {menu}
        </>
      )}
      {list?.dialog}
    </header>
  )
}

function Where({ site }: { site: Site }) {
  const { route } = useNavigation()
  return (
    <>
      <nav class="where" aria-label="Telescopes">
        <Link to={{ page: 'network', target: route.target }}>All telescopes</Link>
        <span aria-hidden="true">/</span>
        <h1>
          <SiteSwitcher site={site} />
        </h1>
      </nav>
      <StateLine site={site} brief={useMedia('(max-width: 60rem)')} />
    </>
  )
}

function NetworkLinks({ children }: { children: ComponentChildren }) {
  const { route } = useNavigation()
  return (
    <nav class="where links" aria-label="Pages">
      <Link to={{ page: 'network', target: route.target }} current={route.page === 'network'}>
        All telescopes
      </Link>
      {children}
    </nav>
  )
}

function BriefHeader({ site, menu }: { site: Site | undefined; menu: ComponentChildren }) {
  return (
    <>
      {menu}
      <div class="where brief">
        {site ? (
          <>
            <h1>
              <SiteSwitcher site={site} />
            </h1>
            <StateLine site={site} brief />
          </>
        ) : (
          <span class="brand">Photon Ranch</span>
        )}
      </div>
      {site ? <BriefClocks site={site} /> : <Clocks />}
    </>
  )
}

function DemoMark() {
  const { config } = useApp()
  if (!config.demo) return null
  return (
    <span class="demo" title="There are no passwords: anyone who reaches this calendar can sign in as anyone.">
      Demo
    </span>
  )
}
