import type { Site } from '../domain/site.ts'
import type { WireSite } from './responses.ts'
import { rulesFromWire, rulesToWire } from './rules.ts'

/** Writes a site as `sites` and a sites file have it. */
export const siteToWire = ({ timeZone, haLimitNeg, haLimitPos, zenithBlindSpot, rules, ...site }: Site): WireSite => ({
  ...site,
  time_zone: timeZone,
  ha_limit_neg: haLimitNeg,
  ha_limit_pos: haLimitPos,
  zenith_blind_spot: zenithBlindSpot,
  ...(rules && { rules: rulesToWire(rules) }),
})

/** Reads a site of `sites` or a sites file. */
export const siteFromWire = ({
  time_zone,
  ha_limit_neg,
  ha_limit_pos,
  zenith_blind_spot,
  rules,
  ...site
}: WireSite): Site => ({
  ...site,
  timeZone: time_zone,
  haLimitNeg: ha_limit_neg,
  haLimitPos: ha_limit_pos,
  zenithBlindSpot: zenith_blind_spot,
  ...(rules && { rules: rulesFromWire(rules) }),
})
