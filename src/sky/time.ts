import { AstroTime } from 'astronomy-engine'
import { DAY, type Instant } from '../domain/interval.ts'

/** 2000-01-01T12:00:00Z, the epoch of astronomy-engine. */
const J2000: Instant = 946_728_000

/** Converts an instant to astronomy-engine's time. Takes UT1 for UTC: they differ by less than a second. */
export const timeOf = (at: Instant): AstroTime => new AstroTime((at - J2000) / DAY)

/** Converts an astronomy-engine time to an instant, rounded to the nearest second. */
export const instantOf = (time: AstroTime): Instant => Math.round(time.ut * DAY) + J2000
