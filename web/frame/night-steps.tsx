import { nightAfter } from '../../src/sky/zone.ts'
import { monthAfter } from '../month/months.ts'
import { Icon } from '../icon.tsx'
import { useNavigation } from '../live/navigation.tsx'
import { placeOf } from '../routes.ts'
import { useShortcut } from '../shortcut.ts'
import { WEEK, type ShownNights } from './shown-nights.ts'

/** To earlier and later nights, and back to tonight. */
export function NightSteps({ site, route, view, first }: ShownNights) {
  const { go } = useNavigation()
  const to = (night: string | undefined) => () =>
    go({ ...placeOf(route), night, view: route.view ?? (night === undefined ? undefined : view) })
  const after = (count: number) =>
    view === 'month'
      ? monthAfter(first, count)
      : nightAfter({ site, date: first }, view === 'night' ? count : count * WEEK).date
  const unit = view === 'month' ? 'month' : view === 'night' ? 'night' : 'week'
  const present = view === 'month' ? 'This month' : 'Tonight'
  useShortcut('t', to(undefined))
  return (
    <div class="steps" role="group" aria-label="Nights">
      <Step name={`One ${unit} earlier`} icon="left" act={to(after(-1))} />
      <button type="button" onClick={to(undefined)}>
        {present}
      </button>
      <Step name={`One ${unit} later`} icon="right" act={to(after(1))} />
    </div>
  )
}

const Step = ({ name, icon, act }: { name: string; icon: 'left' | 'right'; act: () => void }) => (
  <button type="button" class="plain icon-button" aria-label={name} title={name} onClick={act}>
    <Icon name={icon} />
  </button>
)
