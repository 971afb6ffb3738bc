import { useEffect, useRef } from 'preact/hooks'
import { isDate } from '../../src/sky/zone.ts'
import { Icon } from '../icon.tsx'
import { useNavigation } from '../live/navigation.tsx'
import { PanelButton } from './panel-button.tsx'
import { placeOf, type SiteRoute } from '../routes.ts'

/** Goes to the nights from a date on. */
export function GoToDate({ route, first }: { route: SiteRoute; first: string }) {
  const { go } = useNavigation()
  return (
    <PanelButton
      class="plain icon-button"
      label="Go to a date"
      title="Go to a date"
      panelClass="go-to-date"
      face={<Icon name="calendar" />}
    >
      {(close) => (
        <DateForm
          first={first}
          choose={(night) => {
            close()
            go({ ...placeOf(route), night })
          }}
        />
      )}
    </PanelButton>
  )
}

function DateForm({ first, choose }: { first: string; choose: (night: string) => void }) {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  const submit = (event: Event) => {
    event.preventDefault()
    const date = field.current?.value ?? ''
    if (isDate(date)) choose(date)
  }
  return (
    <form onSubmit={submit}>
      <label>
        Night of <input ref={field} type="date" required min="1900-01-01" max="2199-12-31" defaultValue={first} />
      </label>
      <button type="submit" class="primary">
        Go
      </button>
    </form>
  )
}
