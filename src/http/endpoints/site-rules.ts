import * as z from 'zod'
import { HOUR } from '../../domain/interval.ts'
import { quotaUsage, type QuotaUsage, siteRulesOf } from '../../service/site-rules.ts'
import { siteCode, time } from '../../wire/event-input.ts'
import { responses, type WireSiteRules } from '../../wire/responses.ts'
import { rulesToWire } from '../../wire/rules.ts'
import { defineEndpoint } from '../endpoint.ts'

export const siteRules = defineEndpoint({
  name: 'site-rules',
  kind: 'read',
  access: 'anyone',
  summary: 'What observers are allowed at a site',
  description:
    'The rules of the site and of the network. With a token also what the caller has left of each quota, in the night of `time` ' +
    'and, of the runs of 7 nights that hold it, in the one that is used most.',
  input: z.looseObject({
    site: siteCode,
    time: time.nullish().meta({ description: 'An instant of the night to count; now by default.' }),
  }),
  output: responses['site-rules'],
  errors: [400],
  example: {
    input: { site: 'saf', time: '2030-06-20T04:15:00Z' },
    answer: {
      site: 'saf',
      rules: { horizon_days: 3650, hours_per_night: 2 },
      from: { site: { hours_per_night: 2 }, network: { horizon_days: 3650 } },
      left: [
        {
          rule: 'hours_per_night',
          of: 'site',
          limit: 2,
          used: 0.75,
          left: 1.25,
          nights: ['2030-06-19', '2030-06-19'],
        },
      ],
    },
  },
  async handle({ site, time: at }, { actor, context }) {
    const { inForce, ...from } = siteRulesOf(site, context)
    const usage = await quotaUsage(site, at ?? context.now(), actor, context)
    return {
      value: {
        site,
        rules: rulesToWire(inForce),
        from: { site: rulesToWire(from.site), network: rulesToWire(from.network) },
        left: usage ? usage.map(leftToWire) : null,
      },
    }
  },
})

function leftToWire({ quota: { code, from, limit }, used, nights }: QuotaUsage): NonNullable<WireSiteRules['left']>[0] {
  const unit = code === 'upcoming' ? 1 : HOUR
  return {
    rule: code,
    of: from,
    limit: limit / unit,
    used: used / unit,
    left: Math.max(0, limit - used) / unit,
    ...(nights && { nights: [...nights] }),
  }
}
