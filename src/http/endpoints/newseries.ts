import { assertSignedIn, creatorNameFor } from '../../domain/access.ts'
import { Failure } from '../../domain/failure.ts'
import { reserveSeries } from '../../service/reserve-series.ts'
import { proposedFrom } from '../../wire/event-input.ts'
import { responses } from '../../wire/responses.ts'
import { datesOf, isNightDate, seriesShape } from '../../wire/series-input.ts'
import { defineEndpoint, requiring } from '../endpoint.ts'
import { newEventInput } from './event-writes.ts'
import { SERIES, SERIES_NIGHT } from './examples.ts'
import { MAX_SERIES_BYTES, seriesResponse } from './series-response.ts'
import { override } from './shared.ts'

const input = requiring(seriesShape.extend({ override, creator: newEventInput.shape.creator }), ({ nights }) =>
  Array.isArray(nights) ? [] : ['first_night'],
)

export const newSeries = defineEndpoint({
  name: 'newseries',
  kind: 'write',
  access: 'signed-in',
  summary: 'Create a reservation in each of several nights',
  description:
    'One atomic change. Each night gets an ordinary reservation, decided as by `newevent`, with the `series_id`, and with an ' +
    '`event_id` made of that and the date. `on_conflict: skip` leaves out the nights that are refused; otherwise one of them ' +
    'refuses all. The same series again from the same caller is a retry with the same response.',
  input,
  output: responses.newseries,
  maxBytes: MAX_SERIES_BYTES,
  errors: [400, 401, 403, 409],
  example: {
    input: {
      series_id: SERIES,
      site: 'saf',
      first_night: '2030-06-19',
      nights: { every: 7, count: 1 },
      start: { clock: '22:15' },
      minutes: 45,
    },
    answer: { series_id: SERIES, dry_run: false, nights: [SERIES_NIGHT] },
  },
  async handle(body, { actor, context }) {
    assertSignedIn(actor)
    const {
      series_id: id,
      first_night,
      nights,
      start,
      minutes,
      on_conflict,
      dry_run,
      override: overrides,
      ...fields
    } = body
    const observer = fields.creator_id ?? actor.id
    const creator = creatorNameFor(actor, fields.creator ?? undefined, observer)
    const defaults = { observer, creator, now: context.now() }
    const dryRun = dry_run ?? false
    const outcomes = await reserveSeries(
      {
        id,
        site: fields.site,
        nights: nightsFrom(first_night ?? undefined, nights),
        start,
        minutes,
        proposedIn: (event_id, interval) => proposedFrom({ ...fields, ...interval, event_id, creator }, defaults),
      },
      actor,
      { override: overrides ?? false, skipsRefused: on_conflict === 'skip', dryRun },
      context,
    )
    return seriesResponse({ id, dryRun }, outcomes, actor)
  },
})

/** @throws Failure `malformed` for nights that are out of order or too late */
function nightsFrom(first: string | undefined, nights: Parameters<typeof datesOf>[0]): string[] {
  const dates = datesOf(nights, first)
  const isWrong = (date: string, index: number) =>
    date === dates[index - 1] || (first !== undefined && date < first) || !isNightDate(date)
  const wrong = dates.find(isWrong)
  if (wrong === undefined) return dates
  const message = `nights must hold each date once, none before first_night, before the year 9999, and not ${wrong}`
  throw new Failure('malformed', `Error: ${message}`, [{ field: 'nights', message }])
}
