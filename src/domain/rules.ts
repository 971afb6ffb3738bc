/** The kinds that rules bind: all but maintenance. */
export const BOUND_KINDS = ['realtime', 'project'] as const
/** One of {@link BOUND_KINDS}. */
export type BoundKind = (typeof BOUND_KINDS)[number]

/** The degrees of darkness, from the lightest: the Sun's centre more than 6, 12 or 18 degrees below the horizon. */
export const DARKNESS_RULES = ['civil', 'nautical', 'astronomical'] as const
/** One of {@link DARKNESS_RULES}. */
export type DarknessRule = (typeof DARKNESS_RULES)[number]

/** The lengths that reservations of one kind may have, in seconds. */
export interface LengthRule {
  readonly shortest?: number | undefined
  readonly longest?: number | undefined
  /** The only lengths, of those between the shortest and the longest. */
  readonly allowed?: readonly number[] | undefined
}

/** What a site, or the whole network, allows observers. A rule that is undefined is off. All durations are in seconds. */
export interface Rules {
  readonly lengths?: Readonly<Partial<Record<BoundKind, LengthRule | undefined>>> | undefined
  /** A reservation starts at most this long from now. */
  readonly horizon?: number | undefined
  /** A reservation starts at least this long from now. */
  readonly notice?: number | undefined
  /** A reservation may be deleted until this long before it starts. */
  readonly cancelNotice?: number | undefined
  /** A reservation lies in this darkness, all of it. Off where the position on Earth is unknown. */
  readonly darkness?: DarknessRule | undefined
  /** The time of an observer's reservations that start in one night. */
  readonly perNight?: number | undefined
  /** The time of an observer's reservations that start in any 7 nights in a row. */
  readonly per7Nights?: number | undefined
  /** The number of an observer's reservations that have not ended. */
  readonly upcoming?: number | undefined
  /** Whether an observer's reservations at different telescopes may not overlap. */
  readonly oneAtATime?: boolean | undefined
}

/** Whether keeping a rule of these takes counting an observer's reservations. */
export const isCounting = ({ perNight, per7Nights, upcoming, oneAtATime = false }: Rules): boolean =>
  perNight !== undefined || per7Nights !== undefined || upcoming !== undefined || oneAtATime

/** The rules that hold where both hold: of each the stricter one. */
export function strictest(a: Rules, b: Rules): Rules {
  const lengths = BOUND_KINDS.flatMap((kind) => {
    const [one, other] = [a.lengths?.[kind], b.lengths?.[kind]]
    return one || other ? [[kind, strictestLengths(one ?? {}, other ?? {})] as const] : []
  })
  return {
    lengths: lengths.length > 0 ? Object.fromEntries(lengths) : undefined,
    horizon: least(a.horizon, b.horizon),
    notice: greatest(a.notice, b.notice),
    cancelNotice: greatest(a.cancelNotice, b.cancelNotice),
    darkness: DARKNESS_RULES.findLast((darkness) => darkness === a.darkness || darkness === b.darkness),
    perNight: least(a.perNight, b.perNight),
    per7Nights: least(a.per7Nights, b.per7Nights),
    upcoming: least(a.upcoming, b.upcoming),
    oneAtATime: a.oneAtATime === true || b.oneAtATime === true || undefined,
  }
}

function strictestLengths(a: LengthRule, b: LengthRule): LengthRule {
  const bounds = { shortest: greatest(a.shortest, b.shortest), longest: least(a.longest, b.longest) }
  const allowed = a.allowed ?? b.allowed
  return {
    ...bounds,
    allowed: allowed?.filter((length) => [bounds, a, b].every((rule) => isAllowedLength(rule, length))),
  }
}

type Limit = number | undefined
const least = (a: Limit, b: Limit): Limit => (a === undefined || b === undefined ? (a ?? b) : Math.min(a, b))
const greatest = (a: Limit, b: Limit): Limit => (a === undefined || b === undefined ? (a ?? b) : Math.max(a, b))

/** Whether a length in seconds is between the shortest and the longest, and allowed. */
export const isAllowedLength = ({ shortest = 0, longest = Infinity, allowed }: LengthRule, length: number): boolean =>
  shortest <= length && length <= longest && (allowed?.includes(length) ?? true)

/** The shortest length that is allowed, in seconds; undefined if none is. */
export function shortestAllowed(rule: LengthRule): number | undefined {
  const { shortest = 0, longest = Infinity, allowed = [shortest] } = rule
  const fitting = allowed.filter((length) => shortest <= length && length <= longest)
  return fitting.length > 0 ? Math.min(...fitting) : undefined
}
