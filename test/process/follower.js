/** Prints the cursor and the id of each change at a telescope. Arguments: the address, the telescope, and a cursor. */
import { calendarAt } from '../../dist/client/calendar.js'

const [base = '', sites, since] = process.argv.slice(2)
for await (const { cursor, event_id: id } of calendarAt({ base }).changes({ sites, since, pollMs: 100 }))
  console.log(`${cursor} ${id}`)
