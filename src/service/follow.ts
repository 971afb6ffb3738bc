import { Failure } from '../domain/failure.ts'
import type { Revision } from '../domain/reservation.ts'
import type { SiteCode } from '../domain/site.ts'
import type { Feed, Position, Told } from '../store/store.ts'

/** How many may follow at once. */
export const MOST_FOLLOWERS = 1000
const EVERY_MS = 500
const HEARTBEAT_MS = 15_000
/** After that one has to come again, with a token that still holds. */
const LONGEST_MS = 3_600_000
/** Who has more than this to take, in characters, has to come again too: they take too little. */
const MOST_WAITING = 1_000_000
const PAGE = 200

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
}

export interface FollowingOptions {
  readonly most?: number
  readonly heartbeatMs?: number
  readonly longestMs?: number
  readonly mostWaiting?: number
  /** Told where the feed cannot be read. Those who wait for it end, and are told when they come again. */
  readonly report: (error: unknown) => void
}

export function openFollowing(
  feed: Feed,
  { most = MOST_FOLLOWERS, heartbeatMs = HEARTBEAT_MS, longestMs = LONGEST_MS, mostWaiting = MOST_WAITING, report }: FollowingOptions,
): Following {
  const courses = new Map<Follower, Course>()
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
  const level = () => [...courses.values()].filter((course) => course.level)
  const goOn = (to: Position | undefined) => {
    if (to && to.sequence > told.sequence) told = to
  }

  /** What it has still missed, page by page as it is taken, until the timer can go on. */
  async function catchUp(course: Course): Promise<void> {
    const { follower } = course
    while (courses.has(follower)) {
      const page = await feed.since(course.at.id, PAGE)
      if (page) tell(course, page)
      else begin(course, 'reset', await feed.last())
      await follower.drained()
      if (page && page.length < PAGE && levelled(course)) return
    }
  }

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
    for (const course of courses.values()) tend(course)
  }

  async function tellAll(): Promise<void> {
    let more = true
    while (more && level().length > 0) {
      const page = await feed.since(told.id, PAGE)
      const last = page ? page.at(-1) : await feed.last()
      goOn(last)
      for (const course of level()) {
        if (page) tell(course, page)
        else if (last && last.sequence >= course.at.sequence) begin(course, 'reset', last)
      }
      more = page?.length === PAGE
    }
  }

  function tend(course: Course): void {
    const now = performance.now()
    if (now - course.began > longestMs) return end(course)
    if (!course.level) return
    if (course.follower.waiting() > mostWaiting) return end(course)
    if (now - course.beaten < heartbeatMs) return
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
      if (courses.size >= most) throw new Failure('unavailable', 'Too many are following the calendar just now; please ask again later.')
      const began = performance.now()
      const course: Course = { follower, began, beaten: began, at: told, level: false }
      courses.set(follower, course)
      try {
        await start(course, from)
      } catch (error) {
        end(course)
        throw error
      }
      void catchUp(course).catch((error: unknown) => {
        report(error)
        end(course)
      })
    },
    leave,
    count: () => courses.size,
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

function tell(course: Course, page: readonly Told[]): void {
  for (const told of page) {
    if (told.sequence <= course.at.sequence) continue
    course.at = told
    if (concerns(told.revision, course.follower.sites)) course.follower.tell(told.revision, told.id)
  }
}

/** What leaves a site concerns it too. */
const concerns = ({ before, after }: Revision, sites: ReadonlySet<SiteCode>): boolean =>
  [before, after].some((one) => one && sites.has(one.site))
