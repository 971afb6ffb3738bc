import { timeSlices } from '../../event-loop.ts'
import { openFairQueue } from './fair-queue.ts'
import type { Limits } from './limits.ts'
import { openKeyedCounter } from './keyed-counter.ts'

const SWEEP_MS = 250

/** A request that stands in line. */
export interface QueuedRequest {
  readonly address: string
  readonly start: () => void
  /** It has waited too long, or somebody who asks for less has taken its place. */
  readonly onTimeout: () => void
  /** By `performance.now()`. */
  readonly deadline: number
}

/** Where requests wait for their turn, each address after the other, while others are worked on. */
export interface AdmissionQueue {
  /** Starts it, now or when its turn comes. @returns false where there is no place left for it */
  enqueue(one: QueuedRequest): boolean
  /** It does not want to wait any more. */
  remove(one: QueuedRequest): void
  /** One of an address that was started is done. */
  finished(address: string): void
  /** Whether an address has as many standing in line as it may. */
  isFullFor(address: string): boolean
  length(): number
  stop(): void
}

type AdmissionQueueLimits = Pick<Limits, 'running' | 'runningPerAddress' | 'waiting' | 'waitingPerAddress'>

export function openAdmissionQueue({ running: maxRunning, runningPerAddress, waiting, waitingPerAddress }: AdmissionQueueLimits): AdmissionQueue {
  const queue = openFairQueue<QueuedRequest>()
  const running = openKeyedCounter()
  const mayRun = (address: string) => running.get(address) < runningPerAddress
  /** How many of those that wait have been promised a turn. */
  let reserved = 0
  let sweepTimer: NodeJS.Timeout | undefined

  function run(one: QueuedRequest): void {
    running.add(one.address, 1)
    one.start()
  }
  function startSweep(): void {
    for (const free = Math.min(queue.size(), maxRunning - running.total()); reserved < free; reserved += 1) timeSlices.wait(startNext)
  }
  function startNext(): void {
    reserved -= 1
    const one = running.total() < maxRunning ? queue.next(mayRun) : undefined
    if (one) run(one)
  }
  /** Of those of one address the first has waited longest. */
  function check(): void {
    const now = performance.now()
    for (let expired; (expired = queue.heads().filter(({ deadline }) => deadline <= now)).length > 0; ) {
      for (const one of expired) {
        queue.remove(one.address, one)
        one.onTimeout()
      }
    }
    if (queue.size() > 0) return
    clearInterval(sweepTimer)
    sweepTimer = undefined
  }
  /** Whoever has less than their share of the places gets one that whoever has most gives up. */
  function makeRoom(address: string): boolean {
    if (queue.of(address) + 1 > waiting / queue.addresses()) return false
    queue.dropLast()?.onTimeout()
    return true
  }

  return {
    enqueue(one) {
      const { address } = one
      if (queue.size() === 0 && running.total() < maxRunning && mayRun(address) && timeSlices.hasTime()) {
        run(one)
        return true
      }
      if (queue.of(address) >= waitingPerAddress) return false
      if (queue.size() >= waiting && !makeRoom(address)) return false
      queue.add(address, one)
      sweepTimer ??= setInterval(check, SWEEP_MS).unref()
      startSweep()
      return true
    },
    remove: (one) => queue.remove(one.address, one),
    finished(address) {
      running.add(address, -1)
      startSweep()
    },
    isFullFor: (address) => queue.of(address) >= waitingPerAddress,
    length: () => queue.size(),
    stop: () => clearInterval(sweepTimer),
  }
}
