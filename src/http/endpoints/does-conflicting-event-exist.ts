import { type Interval, secondAt } from '../../domain/interval.ts'
import { assertWindow, isTaken } from '../../service/queries.ts'
import { time } from '../../wire/event-input.ts'
import { responses } from '../../wire/responses.ts'
import { defineEndpoint, requiring } from '../endpoint.ts'
import { EVENT } from './examples.ts'
import { scheduledInput } from './shared.ts'

/** Either an instant or an interval. */
const input = requiring(scheduledInput.extend({ time: time.nullish(), start: time.nullish(), end: time.nullish() }), ({ time, start, end }) =>
  time == null && (start != null || end != null) ? ['start', 'end'] : ['time'],
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
  async handle(input, { context, maxWindowDays }) {
    const during = input.time == null ? (input as Interval) : secondAt(input.time)
    assertWindow(during, maxWindowDays)
    return { value: await isTaken(input.user_id, input.site, during, context) }
  },
})
