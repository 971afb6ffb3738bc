import { Calendar, type CalendarOptions, type EventInput } from 'fullcalendar'
import { useEffect, useRef } from 'preact/hooks'
import 'fullcalendar/skeleton.css'

interface Props {
  readonly options: CalendarOptions
  readonly events: readonly EventInput[]
}

/** A calendar of fullcalendar's, in its own UTC, see `columns.ts`; drawn again in what has changed. */
export function FullCalendar({ options, events }: Props) {
  const route = useRef<HTMLDivElement>(null)
  const calendar = useRef<Calendar>()
  const given = { ...options, events: events as EventInput[] }
  const known = useRef<CalendarOptions>(given)

  useEffect(() => {
    const made = new Calendar(route.current as HTMLDivElement, { ...given, timeZone: 'UTC', headerToolbar: false, height: 'auto' })
    made.render()
    calendar.current = made
    return () => made.destroy()
  }, [])

  useEffect(() => {
    const made = calendar.current as Calendar
    const changed = (Object.keys(given) as (keyof CalendarOptions)[]).filter((name) => given[name] !== known.current[name])
    known.current = given
    if (changed.length > 0) made.resetOptions(Object.fromEntries(changed.map((name) => [name, given[name]])), changed)
  }, [options, events])

  return <div ref={route} />
}
