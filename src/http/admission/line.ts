import { turns } from '../../turns.ts'
import { openFairQueue } from './fair-queue.ts'
import type { Limits } from './limits.ts'
import { openTally } from './tally.ts'

const LOOK_EVERY_MS = 250

/** A request that stands in line. */
export interface Standing {
  readonly address: string
  readonly start: () => void
  /** It has waited too long, or somebody who asks for less has taken its place. */
  readonly giveUp: () => void
  /** By `performance.now()`. */
  readonly until: number
}

/** Where requests wait for their turn, each address after the other, while others are worked on. */
export interface Line {
  /** Starts it, now or when its turn comes. @returns false where there is no place left for it */
  enter(one: Standing): boolean
  /** It does not want to wait any more. */
  leave(one: Standing): void
  /** One of an address that was started is done. */
  done(address: string): void
  /** Whether an address has as many standing in line as it may. */
  isFullFor(address: string): boolean
  length(): number
  stop(): void
}

type LineLimits = Pick<Limits, 'running' | 'runningEach' | 'waiting' | 'waitingEach'>

export function openLine({ running: most, runningEach, waiting, waitingEach }: LineLimits): Line {
  const queue = openFairQueue<Standing>()
  const running = openTally()
  const may = (address: string) => running.of(address) < runningEach
  /** How many of those that wait have been promised a turn. */
  let promised = 0
  let looking: NodeJS.Timeout | undefined

  function begin(one: Standing): void {
    running.add(one.address, 1)
    one.start()
  }
  function wake(): void {
    for (const free = Math.min(queue.size(), most - running.total()); promised < free; promised += 1) turns.wait(startNext)
  }
  function startNext(): void {
    promised -= 1
    const one = running.total() < most ? queue.next(may) : undefined
    if (one) begin(one)
  }
  /** Of those of one address the first has waited longest. */
  function look(): void {
    const now = performance.now()
    for (let late; (late = queue.heads().filter(({ until }) => until <= now)).length > 0; ) {
      for (const one of late) {
        queue.remove(one.address, one)
        one.giveUp()
      }
    }
    if (queue.size() > 0) return
    clearInterval(looking)
    looking = undefined
  }
  /** Whoever has less than their share of the places gets one that whoever has most gives up. */
  function makePlace(address: string): boolean {
    if (queue.of(address) + 1 > waiting / queue.addresses()) return false
    queue.dropLast()?.giveUp()
    return true
  }

  return {
    enter(one) {
      const { address } = one
      if (queue.size() === 0 && running.total() < most && may(address) && turns.isOpen()) {
        begin(one)
        return true
      }
      if (queue.of(address) >= waitingEach) return false
      if (queue.size() >= waiting && !makePlace(address)) return false
      queue.add(address, one)
      looking ??= setInterval(look, LOOK_EVERY_MS).unref()
      wake()
      return true
    },
    leave: (one) => queue.remove(one.address, one),
    done(address) {
      running.add(address, -1)
      wake()
    },
    isFullFor: (address) => queue.of(address) >= waitingEach,
    length: () => queue.size(),
    stop: () => clearInterval(looking),
  }
}
