import { useRef } from 'preact/hooks'
import { Icon } from '../icon.tsx'
import { MINUTE } from '../../src/domain/interval.ts'
import { formatLength } from '../format/length.ts'
import { useApp } from '../live/app-context.ts'
import { PanelButton } from './panel-button.tsx'
import { clockError } from '../live/clock.ts'
import { useShortcut } from '../shortcut.ts'
import { Legend } from '../grid/legend.tsx'
import './help.css'

/** The keys, each with what it does. */
const KEYS: readonly (readonly [string, string])[] = [
  ['n', 'New reservation'],
  ['t', 'Tonight'],
  ['/', 'Search'],
  ['?', 'This help'],
  ['← ↑ → ↓', 'Through nights or telescopes: what is reserved and what is free'],
  ['Enter', 'Open a reservation, or reserve the free time'],
  ['Shift', 'While dragging a reservation: copy it'],
  ['Esc', 'Close, or give up dragging'],
]

/** Help in place: keys, the meaning of the colours, and where to read on. */
export function HelpButton({ text = false }: { text?: boolean }) {
  const place = useRef<HTMLSpanElement>(null)
  useShortcut('?', () => place.current?.querySelector('button')?.click())
  return (
    <span ref={place} class="help-place">
      <PanelButton
        class={text ? 'item' : 'plain icon-button'}
        {...(text ? {} : { label: 'Help' })}
        title="Help"
        align="right"
        panelClass="help"
        face={text ? 'Help' : <Icon name="help" />}
      >
        {() => <Help />}
      </PanelButton>
    </span>
  )
}

function Help() {
  const { config } = useApp()
  return (
    <>
      <h2>Help</h2>
      <p>
        Press free time to reserve it, or drag over it. Press a reservation to see, change, copy or delete it. Drag it
        to move it, also from lane to lane to another telescope, or drag its ends.
      </p>
      <h3>Keys</h3>
      <dl class="keys">
        {KEYS.map(([key, text]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <h3>What the colours mean</h3>
      <Legend target={undefined} />
      <p class="sky-note">
        The background is the sky: the Sun’s altitude minute by minute. Dashed lines: the Sun is 18° below the horizon.
        In the strip beside each night, the horizon is at the left and the zenith at the right.
      </p>
      <ClockNote />
      <p>
        <a href="./docs">For programs: the API</a> · <a href="./licenses.md">Licences</a> · Version {config.version}
      </p>
    </>
  )
}

/** Says that this device's clock is wrong. */
function ClockNote() {
  const error = clockError()
  if (error === 0) return null
  const length = formatLength(Math.max(1, Math.round(Math.abs(error) / MINUTE)) * MINUTE)
  return (
    <p>{`The clock of this device is ${length} ${error > 0 ? 'fast' : 'slow'}. Times here go by the calendar’s clock.`}</p>
  )
}
