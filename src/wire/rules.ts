import { DAY, HOUR, MINUTE } from '../domain/interval.ts'
import { BOUND_KINDS, type LengthRule, type Rules } from '../domain/rules.ts'
import type { WireRules } from './rules-schema.ts'

/** Reads rules of a sites file or of a response. */
export const rulesFromWire = (rules: WireRules): Rules => ({
  lengths: rules.lengths && mapKinds(rules.lengths, lengthsFromWire),
  horizon: times(rules.horizon_days, DAY),
  notice: times(rules.notice_minutes, MINUTE),
  cancelNotice: times(rules.cancel_notice_minutes, MINUTE),
  darkness: rules.darkness === 'none' ? undefined : rules.darkness,
  perNight: times(rules.hours_per_night, HOUR),
  per7Nights: times(rules.hours_per_7_nights, HOUR),
  upcoming: rules.upcoming,
  oneAtATime: rules.one_at_a_time,
})

/** Writes rules as responses have them. */
export const rulesToWire = (rules: Rules): WireRules => ({
  ...(rules.lengths && { lengths: mapKinds(rules.lengths, lengthsToWire) }),
  ...given('horizon_days', rules.horizon, DAY),
  ...given('notice_minutes', rules.notice, MINUTE),
  ...given('cancel_notice_minutes', rules.cancelNotice, MINUTE),
  ...(rules.darkness && { darkness: rules.darkness }),
  ...given('hours_per_night', rules.perNight, HOUR),
  ...given('hours_per_7_nights', rules.per7Nights, HOUR),
  ...given('upcoming', rules.upcoming, 1),
  ...(rules.oneAtATime && { one_at_a_time: true }),
})

type WireLengths = NonNullable<NonNullable<WireRules['lengths']>['realtime']>

const lengthsFromWire = (lengths: WireLengths): LengthRule => ({
  shortest: times(lengths.shortest_minutes, MINUTE),
  longest: times(lengths.longest_minutes, MINUTE),
  allowed: lengths.allowed_minutes?.map((minutes) => minutes * MINUTE),
})

const lengthsToWire = ({ shortest, longest, allowed }: LengthRule): WireLengths => ({
  ...given('shortest_minutes', shortest, MINUTE),
  ...given('longest_minutes', longest, MINUTE),
  ...(allowed && { allowed_minutes: allowed.map((seconds) => seconds / MINUTE) }),
})

const mapKinds = <From, To>(lengths: Readonly<Partial<Record<string, From>>>, convert: (from: From) => To) =>
  Object.fromEntries(
    BOUND_KINDS.flatMap((kind) => {
      const one = lengths[kind]
      return one ? [[kind, convert(one)]] : []
    }),
  ) as Partial<Record<(typeof BOUND_KINDS)[number], To>>

/** In whole seconds. */
const times = (count: number | undefined, unit: number) => (count === undefined ? undefined : Math.round(count * unit))

/** A field, if it has a value. */
const given = <Name extends string>(name: Name, seconds: number | undefined, unit: number) =>
  (seconds === undefined ? {} : { [name]: seconds / unit }) as Partial<Record<Name, number>>
