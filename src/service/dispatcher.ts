import { HOUR, type Instant, MINUTE } from '../domain/interval.ts'
import type { Projects } from '../sources/projects.ts'
import type { Claim, Outbox } from '../store/store.ts'

/**
 * Of a message that is not told within 5 s of being claimed the claim is given back; a request is given up after 5 s; and
 * what was given up may still be carried out for as long as a gateway lets a function run, 29 s.
 */
const CLAIM_SECONDS = 40
const TELL_WITHIN = 5
/** More than two clocks differ by chance, in seconds. */
const PUT_BACK = 5
/** How many are told at a time; and when the service has failed, how many to see whether it still does. */
const AT_ONCE = 20
const PROBES = 2
/** In seconds. When the service is down it is not the message's fault: it is told soon after the service is back. */
const FIRST_DELAY = 2
const LONGEST_DELAY = { failed: HOUR, unanswered: HOUR, down: MINUTE }

/** What became of a message: `postponed` is tried again, `given_up` has failed until it was too old, the others are done. */
export const OUTCOMES = ['delivered', 'refused', 'not_removed', 'postponed', 'given_up'] as const
export type Outcome = (typeof OUTCOMES)[number]

export interface Dispatching {
  readonly outbox: Outbox
  readonly projects: Pick<Projects, 'tell'>
  readonly now: () => Instant
  /** Seconds that have gone by, by a clock that nobody sets. */
  readonly elapsed: () => number
  /** A text nobody has had before. */
  readonly newToken: () => string
  /** From 0 up to 1. */
  readonly chance: () => number
  /** What has failed for so many seconds since it was written is given up. */
  readonly maxAge: number
  /** Told of each message that was claimed. */
  readonly report: (claim: Claim, outcome: Outcome, error?: Error) => void
  /** Told when the store does not take what became of one: that is then told again. */
  readonly trouble: (error: unknown) => void
}

/** `idle`: nothing is due any more. `failing`: all of what was told last has failed. `enough`: whoever asked has had enough. */
export type Drained = 'idle' | 'failing' | 'enough'

/** Tells the projects service what is in the outbox. Several may, over one store. */
export interface Dispatcher {
  /**
   * Tells what is due until nothing is, or the service fails, or `enough` says so, which is asked after each round.
   * Resolves when nothing is under way any more. One at a time. @throws Failure `unavailable` when the store does not answer
   */
  drain(enough?: () => boolean): Promise<Drained>
}

export function openDispatcher(dispatching: Dispatching): Dispatcher {
  const { outbox, now, elapsed, newToken } = dispatching
  /** How many may be under way; and how many have failed since one last did not. */
  let [most, failures] = [AT_ONCE, 0]

  function learn(outcome: Outcome): void {
    failures = outcome === 'postponed' ? failures + 1 : 0
    if (outcome !== 'postponed') most = Math.min(AT_ONCE, most * 2)
  }

  let [difference, claimFrom] = [-Infinity, -Infinity]
  /** Where the clock has been put back, what is still under way could seem not to be: nothing is claimed until every claim would have lapsed. */
  function mayClaim(at: Instant, since: number): boolean {
    if (at - since < difference - PUT_BACK) claimFrom = since + CLAIM_SECONDS
    difference = at - since
    return since >= claimFrom
  }

  /** @returns how many were claimed, and whether there are more */
  async function round(underWay: Set<Promise<void>>): Promise<{ claimed: number; more: boolean }> {
    const [at, since] = [now(), elapsed()]
    if (!mayClaim(at, since)) return { claimed: 0, more: false }
    const { claims, more } = await outbox.claim({ now: at, until: at + CLAIM_SECONDS, limit: most - underWay.size, token: newToken() })
    for (const claim of claims) {
      const delivery = deliver({ claim, since }, dispatching, learn).finally(() => underWay.delete(delivery))
      underWay.add(delivery)
    }
    // Some that are slow do not hold up the others, and a store is not asked for one at a time.
    while (underWay.size > most / 2) await Promise.race(underWay)
    return { claimed: claims.length, more }
  }

  return {
    async drain(enough = () => false) {
      const underWay = new Set<Promise<void>>()
      let told = 0
      try {
        for (;;) {
          const { claimed, more } = await round(underWay)
          told += claimed
          if (told > 0 && failures >= most) {
            most = PROBES
            return 'failing'
          }
          if (!more) return 'idle'
          if (enough()) return 'enough'
        }
      } finally {
        await Promise.all(underWay)
      }
    },
  }
}

/** What was claimed, and when that was asked for, by the clock that nobody sets. */
interface Claimed {
  readonly claim: Claim
  readonly since: number
}

/** Tells of what was claimed, and ends the claim. Throws nothing: what the store does not take is told again when the claim has lapsed. */
async function deliver({ claim, since }: Claimed, dispatching: Dispatching, learn: (outcome: Outcome) => void): Promise<void> {
  const { outbox, elapsed, report, trouble } = dispatching
  try {
    if (isTooOld(claim, dispatching)) {
      report(claim, 'given_up')
      return await outbox.remove(claim)
    }
    // Whoever was held up for so long might else be at it when the claim lapses.
    if (elapsed() - since > TELL_WITHIN) return await outbox.postpone(claim, 0, true)
    await tell(claim, dispatching, learn)
  } catch (error) {
    trouble(error)
  }
}

/** What has never been tried is not given up; what has been is not told any more, so that nothing of it arrives afterwards. */
const isTooOld = ({ attempts, writtenAt }: Claim, { now, maxAge }: Dispatching) => attempts > 1 && now() - writtenAt >= maxAge

async function tell(claim: Claim, { outbox, projects, now, chance, maxAge, report }: Dispatching, learn: (outcome: Outcome) => void): Promise<void> {
  const told = await projects.tell(claim.message)
  if (!('error' in told)) {
    learn(told.outcome)
    report(claim, told.outcome)
    return outbox.remove(claim)
  }
  learn('postponed')
  report(claim, 'postponed', told.error)
  const due = now() + delayAfter(claim.attempts, LONGEST_DELAY[told.outcome], chance)
  const tooOldAt = claim.writtenAt + maxAge
  return outbox.postpone(claim, tooOldAt > now() ? Math.min(due, tooOldAt) : due, told.outcome !== 'unanswered')
}

/** Twice as long from time to time, less up to a half by chance, so that not all come back at once. */
const delayAfter = (attempts: number, longest: number, chance: () => number) =>
  Math.ceil(Math.min(longest, FIRST_DELAY * 2 ** (attempts - 1)) * (1 - chance() / 2))
