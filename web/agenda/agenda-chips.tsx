import { Star } from '../icon.tsx'
import { useApp } from '../live/app-context.ts'
import { useNavigation } from '../live/navigation.tsx'
import { TargetChip } from '../target/target-chip.tsx'

interface AgendaChipsProps {
  /** How many of the shown reservations are the caller's own. */
  readonly ownCount: number | undefined
  readonly onlyFree: boolean
  readonly showOnlyFree: (only: boolean) => void
}

/** Whose reservations an agenda lists, and the target. */
export function AgendaChips({ ownCount, onlyFree, showOnlyFree }: AgendaChipsProps) {
  const { route, go } = useNavigation()
  const { caller } = useApp()
  const mine = route.mine === true && !onlyFree
  const choose = (isMine: boolean) => {
    showOnlyFree(false)
    go({ ...route, mine: isMine })
  }
  return (
    <div class="agenda-chips" role="group" aria-label="Show">
      <button type="button" class="chip" aria-pressed={!mine && !onlyFree} onClick={() => choose(false)}>
        Everyone
      </button>
      {caller.id !== undefined && (
        <button type="button" class="chip" aria-pressed={mine} onClick={() => choose(true)}>
          <Star /> Mine {ownCount}
        </button>
      )}
      <button type="button" class="chip" aria-pressed={onlyFree} onClick={() => showOnlyFree(true)}>
        Free
      </button>
      <span class="gap" />
      <TargetChip />
    </div>
  )
}
