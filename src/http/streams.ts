import type { Eyes } from '../domain/access.ts'
import type { SiteCode } from '../domain/site.ts'
import type { Follower, Following } from '../service/follow.ts'
import { beginningText, changeText, heartbeatText, RETRY } from './change-text.ts'
import { type Outlet, outlet } from './outlet.ts'

/** What is asked for: which sites, seen by whom, and the id of the place from which to go on. */
export interface Wanted {
  readonly sites: ReadonlySet<SiteCode>
  readonly eyes: Eyes
  readonly from: string | undefined
}

/** A stream as the body of an answer. @throws Failure `unavailable` */
export async function openStream({ sites, eyes, from }: Wanted, following: Following): Promise<Outlet['body']> {
  const { body, send, waiting, drained, end } = outlet(() => following.leave(follower))
  const follower: Follower = {
    sites,
    begin: (how, place) => send(beginningText(how, place)),
    tell: (revision, place) => send(changeText(revision, place, eyes)),
    beat: (place) => send(heartbeatText(place)),
    waiting,
    drained,
    end,
  }
  send(RETRY)
  await following.join(follower, from)
  return body
}
