import type { Interval } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { useEditing } from '../editor/editing-context.ts'
import { formatCivil } from '../format/date.ts'
import { formatRange } from '../format/span.ts'
import { useShortcut } from '../shortcut.ts'
import './thumb-verb.css'

interface ThumbVerbProps {
  readonly site: Site
  /** The free time to reserve; without one, the editor looks for it. */
  readonly free: Interval | undefined
  /** Whether it is in the night that contains the present. */
  readonly isTonight: boolean
}

/** A phone's one filled button, within the thumb's reach. */
export function ThumbVerb({ site, free, isTonight }: ThumbVerbProps) {
  const { open } = useEditing()
  const reserve = () => open({ action: 'reserve', site: site.code, ...(free && { during: free }) })
  useShortcut('n', reserve)
  return (
    <div class="thumb-verb">
      <button type="button" class="primary verb" onClick={reserve}>
        {free ? (
          <>
            {`Reserve ${formatRange(site, free)}`}{' '}
            <small>{`${site.code}, ${isTonight ? 'tonight' : formatCivil(site, free.start)}`}</small>
          </>
        ) : (
          'New reservation'
        )}
      </button>
    </div>
  )
}
