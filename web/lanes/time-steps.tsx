import type { Instant, Interval } from '../../src/domain/interval.ts'
import { Icon } from '../icon.tsx'
import { useNavigation } from '../live/navigation.tsx'
import type { NetworkRoute } from '../routes.ts'

/** Goes half of the lanes to earlier or later times, and back to now. */
export function TimeSteps({ route, window }: { route: NetworkRoute; window: Interval }) {
  const { go } = useNavigation()
  const half = (window.end - window.start) / 2
  const show = (at: Instant | undefined) => () => go({ ...route, at })
  return (
    <div class="network-steps" role="group" aria-label="Time">
      <button
        type="button"
        class="icon-button"
        aria-label="Earlier"
        title="Earlier"
        onClick={show(window.start - half)}
      >
        <Icon name="left" />
      </button>
      <button type="button" class="plain" onClick={show(undefined)}>
        Now
      </button>
      <button type="button" class="icon-button" aria-label="Later" title="Later" onClick={show(window.start + half)}>
        <Icon name="right" />
      </button>
    </div>
  )
}
