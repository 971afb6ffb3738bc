import { type Interval, secondAt } from '../../domain/interval.ts'
import { assertWindow, isTaken } from '../../service/queries.ts'
import { time } from '../../wire/event-input.ts'
import { responses } from '../../wire/responses.ts'
import { defineEndpoint, requiring } from '../endpoint.ts'
import { EVENT } from './examples.ts'
import { scheduledInput } from './shared.ts'

/** Either an instant or an interval. */
const input = requiring(
  scheduledInput.extend({ time: time.nullish(), start: time.nullish(), end: time.nullish() }),
  (given) => (given.time == null && (given.start != null || given.end != null) ? ['start', 'end'] : ['time']),
).meta({ anyOf: [{ required: ['time'] }, { required: ['start', 'end'] }] })

export const doesConflictingEventExist = defineEndpoint({
  name: 'does-conflicting-event-exist',
  kind: 'read',
  access: 'anyone',
  summary: 'Whether a site is taken for an observer',
  description: "Another observer's reservation, or maintenance, at `time` or between `start` and `end`.",
  input,
  output: responses['does-conflicting-event-exist'],
  errors: [400],
  example: { input: { user_id: 'demo|bo', site: 'saf', start: EVENT.start, end: EVENT.end }, answer: true },
  dependsOn: ({ site }) => [site],
  async handle(query, { context, maxWindowDays }) {
    const during = query.time == null ? (query as Interval) : secondAt(query.time)
    assertWindow(during, maxWindowDays)
    return { value: await isTaken(query.user_id, query.site, during, context) }
  },
})
