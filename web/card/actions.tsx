import { useState } from 'preact/hooks'
import { durationOf } from '../../src/domain/interval.ts'
import { isPreemptible, type Reservation } from '../../src/domain/reservation.ts'
import { nightAt } from '../../src/sky/zone.ts'
import { type Anchor, useEditing } from '../editor/editing-context.ts'
import { siteFor } from '../editor/site-for.ts'
import { useWriteActions } from '../editor/write-actions.ts'
import { mayModify, useApp } from '../live/app-context.ts'
import { useNavigation } from '../live/navigation.tsx'
import { linkTo } from '../routes.ts'

/** What is shown below the buttons. */
export type Panel = 'move' | 'history' | undefined

interface ActionsProps {
  readonly reservation: Reservation
  readonly anchor: Anchor | undefined
  readonly close: () => void
  readonly panel: Panel
  readonly setPanel: (panel: Panel) => void
  readonly isGone: boolean
}

/** The buttons for what the caller may do to a reservation. */
export function Actions(props: ActionsProps) {
  const { reservation, close } = props
  const may = usePermissions(props)
  return (
    <div class="card-actions">
      {may.change && <OpenButtons {...props} />}
      {may.copy && !may.change && <CopyButton {...props} />}
      <LinkButton reservation={reservation} />
      {may.delete && <DeleteButton reservation={reservation} close={close} />}
      {may.restore && <PanelButton {...props} opens="history" label="⋯" name="History" class="quiet card-more" />}
    </div>
  )
}

/** What the page offers the caller to do. Within another page nobody can sign in. */
function usePermissions({ reservation, isGone }: ActionsProps) {
  const { caller } = useApp()
  const isEmbedded = useNavigation().route.embed === true
  const isSignedIn = caller.id !== undefined && !isEmbedded
  const isOwn = isSignedIn && mayModify(caller, reservation.observer)
  return {
    copy: isSignedIn,
    change: isOwn && !isGone,
    delete: isSignedIn && !isGone && (isOwn || isPreemptible(reservation)),
    restore: isOwn,
  }
}

function OpenButtons(props: ActionsProps) {
  const { open } = useEditing()
  const { reservation, anchor } = props
  return (
    <>
      <button type="button" class="soft" data-focus onClick={() => open({ action: 'change', reservation }, anchor)}>
        Change
      </button>
      <CopyButton {...props} />
      <PanelButton {...props} opens="move" label="Move" />
    </>
  )
}

function CopyButton({ reservation, anchor }: ActionsProps) {
  const { open } = useEditing()
  const { end } = reservation
  const during = { start: end, end: end + durationOf(reservation) }
  return (
    <button type="button" onClick={() => open({ action: 'copy', of: reservation, during, search: true }, anchor)}>
      Copy
    </button>
  )
}

interface PanelButtonProps extends ActionsProps {
  readonly opens: NonNullable<Panel>
  readonly label: string
  readonly name?: string
  readonly class?: string
}

const PanelButton = ({ panel, setPanel, opens, label, name, class: className }: PanelButtonProps) => (
  <button
    type="button"
    class={className}
    aria-label={name}
    title={name}
    aria-expanded={panel === opens}
    onClick={() => setPanel(panel === opens ? undefined : opens)}
  >
    {label}
  </button>
)

function DeleteButton({ reservation, close }: Pick<ActionsProps, 'reservation' | 'close'>) {
  const { cancel } = useWriteActions()
  const [isBusy, setBusy] = useState(false)
  const confirm = async () => {
    setBusy(true)
    if (await cancel(reservation)) close()
    else setBusy(false)
  }
  return (
    <button type="button" class="danger" disabled={isBusy} aria-busy={isBusy} onClick={() => void confirm()}>
      Delete
    </button>
  )
}

/** Copies an address that shows the night of a reservation and its card. */
function LinkButton({ reservation: { id, site, start } }: Pick<ActionsProps, 'reservation'>) {
  const { sites } = useApp()
  const [outcome, setOutcome] = useState<string>()
  const copy = async () => {
    const night = nightAt(siteFor(sites, site).site, start).date
    const address = new URL(linkTo({ page: 'site', site, night, event: id }), new URL('./', location.href)).href
    try {
      await navigator.clipboard.writeText(address)
      setOutcome('Link copied')
    } catch {
      // Without https there is no clipboard: it can be copied by hand.
      setOutcome(address)
    }
  }
  return (
    <>
      <button type="button" onClick={() => void copy()}>
        Link
      </button>
      <span role="status" class="card-link">
        {outcome}
      </span>
    </>
  )
}
