import type { Letter, Outbox } from '../store/store.ts'
import type { Instant } from '../domain/interval.ts'
import type { Projects } from '../sources/projects.ts'

const AT_ONCE = 20
const FIRST_DELAY = 2
const LONGEST_DELAY = 3600

export type Delivery = 'delivered' | 'refused' | 'postponed'

/**
 * Delivers what is due, once; what fails waits twice as long each time, up to an hour, and is never given up
 * unless the projects service refuses it for good.
 * @returns how many letters left the outbox
 */
export async function tellProjects(
  outbox: Outbox,
  projects: Projects,
  now: Instant,
  report: (letter: Letter, delivery: Delivery, error?: unknown) => void,
): Promise<number> {
  const letters = await outbox.due(now, AT_ONCE)
  const gone = await Promise.all(letters.map((letter) => deliver(letter, outbox, projects, now, report)))
  return gone.filter(Boolean).length
}

async function deliver(
  letter: Letter,
  outbox: Outbox,
  projects: Projects,
  now: Instant,
  report: (letter: Letter, delivery: Delivery, error?: unknown) => void,
): Promise<boolean> {
  try {
    report(letter, (await projects.tell(letter.news)) ? 'delivered' : 'refused')
  } catch (error) {
    report(letter, 'postponed', error)
    await outbox.postpone(letter.number, now + Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** letter.attempts))
    return false
  }
  await outbox.delivered(letter.number)
  return true
}
