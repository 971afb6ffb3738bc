import type { ComponentChildren } from 'preact'
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { HoverCard } from '../card/hover-card.tsx'
import type { Interval } from '../../src/domain/interval.ts'
import type { ReservationId } from '../../src/domain/reservation.ts'
import type { SiteCode } from '../../src/domain/site.ts'
import { now } from '../live/clock.ts'
import { lazy } from '../live/lazy.tsx'
import { useNavigation } from '../live/navigation.tsx'
import { linkTo, type Route, type SiteRoute } from '../routes.ts'
import { type Anchor, type Editing, EditingContext, type Intent } from './editing-context.ts'
import { type FormRecord, keptForm } from './form-record.ts'
import { showInAddress } from './card-address.ts'

const Editor = lazy(() => import('./editor.tsx').then((module) => module.Editor))
const Card = lazy(() => import('../card/card.tsx').then((module) => module.Card))

interface Opened {
  readonly intent: Intent
  readonly anchor: Anchor | undefined
  readonly record: FormRecord | undefined
  /** Counts what was opened, so that each is mounted anew. */
  readonly number: number
}

/** Provides {@link Editing} to its children, and shows the editor or the card that is open. */
export function EditingProvider({ children }: { children: ComponentChildren }) {
  const { route } = useNavigation()
  const [opened, setOpened] = useState<Opened | undefined>(() => openedBy(route))
  const latest = useRef(route)
  latest.current = route
  const openWith = useCallback((intent: Intent, anchor?: Anchor, record?: FormRecord) => {
    if (latest.current.embed && intent.action !== 'show') return openOutside(latest.current, intent)
    setOpened((last) => ({ intent, anchor, record, number: (last?.number ?? 0) + 1 }))
  }, [])
  const editing = useMemo<Editing>(() => ({ open: (intent, anchor) => openWith(intent, anchor) }), [openWith])
  useAddress(route, openWith, setOpened)
  const close = useCallback(() => setOpened(undefined), [])
  useCardInAddress(opened?.intent.action === 'show' ? idOf(opened.intent) : undefined)
  return (
    <EditingContext.Provider value={editing}>
      {children}
      <HoverCard isDisabled={opened !== undefined} />
      {opened && <OpenedPopover key={opened.number} {...opened} close={close} />}
    </EditingContext.Provider>
  )
}

function OpenedPopover({ intent, anchor, record, close }: Opened & { close: () => void }) {
  if (intent.action !== 'show') return <Editor {...{ intent, anchor, record, close }} />
  const shown = 'reservation' in intent ? intent.reservation : undefined
  return <Card id={idOf(intent)} shown={shown} anchor={anchor} close={close} />
}

const idOf = (intent: Extract<Intent, { action: 'show' }>) =>
  'reservation' in intent ? intent.reservation.id : intent.id

/** What is open when the page is loaded: the form that was open when it was left, or what the address says. */
function openedBy(route: Route): Opened | undefined {
  if (route.embed) return undefined
  const record = keptForm(now())
  const intent = intentOf(route)
  if (record && !isOther(intent, record)) return { intent: record.intent, anchor: undefined, record, number: 0 }
  return intent && { intent, anchor: undefined, record: undefined, number: 0 }
}

/** Whether the address names something else than a kept form. One in which something has been filled in is kept in any case. */
function isOther(named: AddressIntent | undefined, { intent, site, draft, initial }: FormRecord): boolean {
  if (JSON.stringify(draft) !== JSON.stringify(initial)) return false
  // The address of a form for a new reservation has its times.
  if (!named) return intent.action === 'reserve'
  if (named.action === 'show' || named.site !== site) return true
  return named.during.start !== draft.start || named.during.end !== draft.end
}

type AddressIntent =
  | { readonly action: 'show'; readonly id: ReservationId }
  | { readonly action: 'reserve'; readonly site: SiteCode; readonly during: Interval }

function intentOf(route: Route): AddressIntent | undefined {
  if (route.event !== undefined) return { action: 'show', id: route.event }
  return route.page === 'site' && route.reserve
    ? { action: 'reserve', site: route.site, during: route.reserve }
    : undefined
}

type SetOpened = (update: (last: Opened | undefined) => Opened | undefined) => void

/** Follows the address: opens what it begins to name, and closes the card that it names no more. */
function useAddress(route: Route, open: (intent: Intent) => void, setOpened: SetOpened): void {
  const { event, reserve } = route
  const before = useRef<string | undefined>(event)
  const isFirst = useRef(true)
  useEffect(() => {
    if (isFirst.current) return void (isFirst.current = false)
    const intent = intentOf(route)
    if (intent) return open(intent)
    const closed = before.current
    setOpened((last) => (last?.intent.action === 'show' && idOf(last.intent) === closed ? undefined : last))
  }, [event, reserve?.start, reserve?.end])
  useEffect(() => void (before.current = event), [event])
}

/** Keeps the id of the open card in the address. The route changes only if it names a card that is closed. */
function useCardInAddress(id: ReservationId | undefined): void {
  const { route, go } = useNavigation()
  useLayoutEffect(() => {
    if (id === undefined && route.event !== undefined) go({ ...route, event: undefined }, 'replace')
    else showInAddress(id)
  }, [id])
}

/** Nobody can sign in within another page, so the form opens in a tab of its own. */
function openOutside({ target }: Route, intent: Exclude<Intent, { action: 'show' }>): void {
  window.open(linkTo({ page: 'site', target, ...placeOfIntent(intent) }), '_blank', 'noopener')
}

function placeOfIntent(intent: Exclude<Intent, { action: 'show' }>): Pick<SiteRoute, 'site' | 'reserve' | 'event'> {
  if (intent.action === 'change') return { site: intent.reservation.site, event: intent.reservation.id }
  const site = intent.action === 'copy' ? intent.of.site : intent.site
  const { start, end } = intent.during ?? {}
  return { site, reserve: start !== undefined && end !== undefined ? { start, end } : undefined }
}
