import * as z from 'zod'
import { listFeeds, makeFeed, MAX_FEEDS, revokeFeed } from '../../service/calendar-feeds.ts'
import type { CalendarFeed } from '../../store/port.ts'
import { responses } from '../../wire/responses.ts'
import { writeTime } from '../../wire/time.ts'
import { defineEndpoint, requiring } from '../endpoint.ts'

const isTrue = z.literal(true, 'must be true')

export const calendarFeeds = defineEndpoint({
  name: 'calendar-feeds',
  kind: 'write',
  access: 'signed-in',
  isSecret: true,
  summary: "The caller's secret calendar feeds",
  description:
    `Lists them; makes one with \`make\`, at most ${MAX_FEEDS}; ends one with \`feed_id\` and \`revoke\`. Whoever knows the ` +
    "address of a feed can read its observer's reservations, unmasked: `made.path`, below the address of the endpoints. It is " +
    'shown once, when the feed is made, and cannot be found out later. A feed needs no token, and lives until it is revoked. Not for services.',
  input: requiring(
    z.looseObject({
      make: isTrue.nullish().meta({ description: 'Makes a feed.' }),
      feed_id: z.string().min(1, 'must be the id of a feed').nullish(),
      revoke: isTrue.nullish().meta({ description: 'Ends the feed `feed_id`: its address is a 404 from then on.' }),
    }),
    ({ feed_id: id, revoke }) => (revoke ? ['feed_id'] : id == null ? [] : ['revoke']),
  ).refine(({ make, revoke }) => !(make && revoke), 'make and revoke are two requests'),
  output: responses['calendar-feeds'],
  errors: [400, 401, 403, 404],
  example: { input: {}, answer: { feeds: [] } },
  async handle({ make, feed_id: id, revoke }, { actor, context }) {
    if (revoke && id != null) await revokeFeed(id, actor, context)
    const made = make ? await makeFeed(actor, context) : undefined
    const feeds = (await listFeeds(actor, context)).map(feedToWire)
    if (!made) return { value: { feeds } }
    const { feed, secret } = made
    return { value: { feeds, made: { ...feedToWire(feed), secret, path: `feeds/${secret}.ics` } } }
  },
})

const feedToWire = ({ id, madeAt }: CalendarFeed) => ({ feed_id: id, made_at: writeTime(madeAt) })
