import type { z } from 'zod'
import { secondAt } from '../../domain/interval.ts'
import { assertWindow, isTaken } from '../../service/queries.ts'
import { time } from '../../wire/event.ts'
import { defineEndpoint, required, requiredKeys } from '../endpoint.ts'
import { EVENT } from './examples.ts'
import { scheduledInput } from './shared.ts'

/** Either an instant or an interval. */
const timeKeys = ({ time, start, end }: Readonly<Record<string, unknown>>) =>
  time == null && (start != null || end != null) ? ['start', 'end'] : ['time']

const conflictingInput = scheduledInput.extend({ start: time.nullish(), end: time.nullish() })

export const conflictingEventExists = defineEndpoint<z.output<typeof conflictingInput>>({
  name: 'does-conflicting-event-exist',
  kind: 'read',
  access: 'anyone',
  summary: 'Whether something keeps an observer from having a site',
  description: "Someone else's reservation, or maintenance, at `time` or between `start` and `end`.",
  input: conflictingInput,
  missingKeys: (body) => requiredKeys('user_id', 'site', ...timeKeys(body))(body),
  errors: [400],
  example: { input: { user_id: 'demo|bo', site: 'saf', start: EVENT.start, end: EVENT.end }, answer: true },
  async handle(input, { context, maxWindowDays }) {
    const during = input.time == null ? { start: required(input.start), end: required(input.end) } : secondAt(input.time)
    assertWindow(during, maxWindowDays)
    return { value: await isTaken(required(input.user_id), required(input.site), during, context) }
  },
})
