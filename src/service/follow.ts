import { Failure } from '../domain/failure.ts'
import type { Revision } from '../domain/reservation.ts'
import type { SiteCode } from '../domain/site.ts'
import { nextTurn, openGate } from '../pace.ts'
import type { Feed, Position, Told } from '../store/store.ts'

/** How many may follow at once. */
export const MOST_FOLLOWERS = 1000
/** Who has missed more at their sites reads everything again, which is less. */
export const MOST_BEHIND = 500
const EVERY_MS = 500
const HEARTBEAT_MS = 15_000
/** After that one has to come again, with a token that still holds. */
const LONGEST_MS = 3_600_000
/** Who has more than this to take, in characters, is told no more until it is taken. */
const MOST_WAITING = 256_000
/** What may wait for all of them together. Beyond it, those for whom most waits have to come again. */
const MOST_WAITING_TOGETHER = 32_000_000
/** Who has taken nothing for so long has to come again too. */
const STALLED_MS = 30_000
/** So many read what they have missed at once; the others wait for their turn. */
const CATCHING_UP = 4
/** So much is told in one turn of the event loop. */
const TOLD_IN_A_TURN = 2000
const PAGE = 500

/** Who follows the feed at some sites. A place in the feed is told by its id. */
export interface Follower {
  readonly sites: ReadonlySet<SiteCode>
  /** All from here on will be told; at a `reset` something before it may have been missed. */
  begin(how: 'hello' | 'reset', place: string): void
  tell(revision: Revision, place: string): void
  /** Nothing is to be told for a while. */
  beat(place: string): void
  /** How much was told that is not yet taken, in characters. */
  waiting(): number
  /** Resolves when all is taken, or it has ended. */
  drained(): Promise<void>
  /** Nothing more will be told. */
  end(): void
}

/** All that follow a feed. One timer looks for all of them, while there are any. */
export interface Following {
  /**
   * @param from the id of the place from which to go on; undefined to begin where the feed ends
   * @throws Failure `unavailable` where there are too many, the store does not answer or the server is stopping
   */
  join(follower: Follower, from: string | undefined): Promise<void>
  /** It went away by itself. */
  leave(follower: Follower): void
  count(): number
  /** How many have not yet caught up. */
  behind(): number
  /** What was told to any of them and is not yet taken, in characters. */
  waiting(): number
  /** Ends them all. */
  stop(): void
}

/** One of them, and how far it has come. */
interface Course {
  readonly follower: Follower
  readonly began: number
  beaten: number
  at: Position
  /** It has all that those have who are told by the timer. */
  level: boolean
  /** Since when it is waited for, before it is told more; undefined where it is not. */
  stalled: number | undefined
}

export interface FollowingOptions {
  readonly most?: number
  readonly heartbeatMs?: number
  readonly longestMs?: number
  readonly stalledMs?: number
  readonly mostWaiting?: number
  readonly mostWaitingTogether?: number
  /** Told where the feed cannot be read. Those who wait for it end, and are told when they come again. */
  readonly report: (error: unknown) => void
}

export function openFollowing(feed: Feed, options: FollowingOptions): Following {
  const { most = MOST_FOLLOWERS, heartbeatMs = HEARTBEAT_MS, longestMs = LONGEST_MS, stalledMs = STALLED_MS, report } = options
  const { mostWaiting = MOST_WAITING, mostWaitingTogether = MOST_WAITING_TOGETHER } = options
  const courses = new Map<Follower, Course>()
  const gate = openGate({ atOnce: CATCHING_UP })
  /** Up to where the timer has told. Only ever goes on. */
  let told: Position = { sequence: 0, id: '' }
  let timer: NodeJS.Timeout | undefined
  let looking = false
  let stopped = false

  function leave(follower: Follower): void {
    courses.delete(follower)
    if (courses.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
  function end({ follower }: Course): void {
    leave(follower)
    follower.end()
  }
  const endAll = () => [...courses.values()].forEach(end)
  const isHere = (course: Course) => courses.get(course.follower) === course
  const level = () => [...courses.values()].filter((course) => course.level)
  const goOn = (to: Position | undefined) => {
    if (to && to.sequence > told.sequence) told = to
  }
  const waiting = () => [...courses.keys()].reduce((sum, follower) => sum + follower.waiting(), 0)

  /** What it has still missed, page by page as it is taken, until the timer can go on. */
  async function catchUp(course: Course): Promise<void> {
    course.level = false
    for (;;) {
      course.stalled = performance.now()
      await course.follower.drained()
      course.stalled = undefined
      if (!isHere(course)) return
      const out = await gate.enter()
      try {
        if (isHere(course) && (await tellNext(course)) && levelled(course)) return
      } finally {
        out()
      }
      lighten()
    }
  }

  /** @returns whether nothing is left */
  async function tellNext(course: Course): Promise<boolean> {
    const page = await feed.since(course.at.id, MOST_BEHIND + 1, course.follower.sites)
    if (!page || page.told.length + page.left > MOST_BEHIND) {
      begin(course, 'reset', await feed.last())
      return false
    }
    tell(course, page.told)
    course.at = page.at
    return page.left === 0
  }

  const setOut = (course: Course) =>
    void catchUp(course).catch((error: unknown) => {
      report(error)
      end(course)
    })

  /** Whatever was committed while it caught up it must have seen, or be told by the timer. */
  function levelled(course: Course): boolean {
    if (level().length === 0) goOn(course.at)
    course.level = course.at.sequence >= told.sequence
    return course.level
  }

  async function look(): Promise<void> {
    if (looking) return
    looking = true
    try {
      await tellAll()
    } catch (error) {
      report(error)
      endAll()
    } finally {
      looking = false
    }
    lighten()
    for (const course of courses.values()) tend(course)
  }

  async function tellAll(): Promise<void> {
    let more = true
    while (more && level().length > 0) {
      const page = await feed.since(told.id, PAGE)
      const at = page ? page.at : await feed.last()
      goOn(at)
      let count = 0
      for (const course of level()) {
        if (!isHere(course)) continue
        if (!page && at.sequence >= course.at.sequence) begin(course, 'reset', at)
        else if (page && course.follower.waiting() > mostWaiting) setOut(course)
        else if (page) tell(course, page.told, at)
        count += page?.told.length ?? 1
        if (count < TOLD_IN_A_TURN) continue
        count = 0
        await nextTurn()
      }
      more = page !== undefined && page.told.length > 0
    }
  }

  /** When too much waits, those for whom most waits end first. */
  function lighten(): void {
    let sum = waiting()
    if (sum <= mostWaitingTogether) return
    for (const course of [...courses.values()].toSorted((a, b) => b.follower.waiting() - a.follower.waiting())) {
      if (sum <= mostWaitingTogether) return
      sum -= course.follower.waiting()
      end(course)
    }
  }

  function tend(course: Course): void {
    const now = performance.now()
    if (now - course.began > longestMs || now - (course.stalled ?? now) > stalledMs) return end(course)
    if (!course.level || now - course.beaten < heartbeatMs) return
    course.beaten = now
    course.follower.beat(course.at.id)
  }

  async function start(course: Course, from: string | undefined): Promise<void> {
    const place = from === undefined ? undefined : await feed.place(from)
    if (place) course.at = place
    else begin(course, from === undefined ? 'hello' : 'reset', await feed.last())
    if (courses.has(course.follower)) timer ??= setInterval(() => void look(), EVERY_MS)
  }

  return {
    async join(follower, from) {
      if (stopped) throw new Failure('unavailable', 'The calendar is stopping; please try again.')
      if (courses.size >= most) throw new Failure('busy', 'Too many are following the calendar just now; please ask again later.')
      const began = performance.now()
      const course: Course = { follower, began, beaten: began, at: told, level: false, stalled: undefined }
      courses.set(follower, course)
      try {
        await start(course, from)
      } catch (error) {
        end(course)
        throw error
      }
      setOut(course)
    },
    leave,
    count: () => courses.size,
    behind: () => courses.size - level().length,
    waiting,
    stop() {
      stopped = true
      endAll()
    },
  }
}

function begin(course: Course, how: 'hello' | 'reset', at: Position): void {
  course.at = at
  course.follower.begin(how, at.id)
}

/** @param to how far it has come then, though the last of it does not concern it */
function tell(course: Course, page: readonly Told[], to?: Position): void {
  for (const told of page) {
    if (told.sequence <= course.at.sequence) continue
    course.at = told
    if (concerns(told.revision, course.follower.sites)) course.follower.tell(told.revision, told.id)
  }
  if (to && to.sequence > course.at.sequence) course.at = to
}

/** What leaves a site concerns it too. */
const concerns = ({ before, after }: Revision, sites: ReadonlySet<SiteCode>): boolean =>
  [before, after].some((one) => one && sites.has(one.site))
