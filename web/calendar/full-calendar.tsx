import { Calendar, type CalendarOptions, type EventInput } from 'fullcalendar'
import { useEffect, useRef } from 'preact/hooks'
import 'fullcalendar/skeleton.css'

interface FullCalendarProps {
  readonly options: CalendarOptions
  readonly events: readonly EventInput[]
}

/** A FullCalendar in UTC, see `columns.ts`. Only options that have changed are set again. */
export function FullCalendar({ options, events }: FullCalendarProps) {
  const container = useRef<HTMLDivElement>(null)
  const calendar = useRef<Calendar>()
  const current = { ...options, events: events as EventInput[] }
  const previous = useRef<CalendarOptions>(current)

  useEffect(() => {
    const created = new Calendar(container.current as HTMLDivElement, {
      ...current,
      timeZone: 'UTC',
      headerToolbar: false,
      height: 'auto',
    })
    created.render()
    calendar.current = created
    return () => created.destroy()
  }, [])

  useEffect(() => {
    const changed = (Object.keys(current) as (keyof CalendarOptions)[]).filter(
      (name) => current[name] !== previous.current[name],
    )
    previous.current = current
    if (changed.length > 0)
      calendar.current?.resetOptions(Object.fromEntries(changed.map((name) => [name, current[name]])), changed)
  }, [options, events])

  return <div ref={container} />
}
