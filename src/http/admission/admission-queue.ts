import { timeSlices } from '../../event-loop.ts'
import { type FairQueue, openFairQueue } from './fair-queue.ts'
import { type KeyedCounter, openKeyedCounter } from './keyed-counter.ts'
import type { Limits } from './limits.ts'

const SWEEP_MS = 250

/** A request in the queue. */
export interface QueuedRequest {
  readonly address: string
  readonly start: () => void
  /** Called instead of `start` when it has waited too long, or was dropped for an address with fewer requests. */
  readonly onTimeout: () => void
  /** By `performance.now()`. */
  readonly deadline: number
}

/** Requests that run, and those that wait for that: addresses take turns. */
export interface AdmissionQueue {
  /** Counts a request of the address as running, if it may start now. @returns whether it may */
  start(address: string): boolean
  /** Starts a request in its turn. @returns false if the queue is full */
  enqueue(request: QueuedRequest): boolean
  remove(request: QueuedRequest): void
  /** Must be called when a started request of the address is done. */
  finished(address: string): void
  /** Whether an address has as many requests in the queue as it may. */
  isFullFor(address: string): boolean
  /** Number of requests that wait. */
  length(): number
  stop(): void
}

type QueueLimits = Pick<Limits, 'running' | 'runningPerAddress' | 'waiting' | 'waitingPerAddress'>

interface State {
  readonly limits: QueueLimits
  readonly queue: FairQueue<QueuedRequest>
  readonly running: KeyedCounter
  /** How many waiting requests have a time slice reserved, in which the next of them starts. */
  reserved: number
  sweepTimer: NodeJS.Timeout | undefined
}

export function openAdmissionQueue(limits: QueueLimits): AdmissionQueue {
  const state: State = {
    limits,
    queue: openFairQueue(),
    running: openKeyedCounter(),
    reserved: 0,
    sweepTimer: undefined,
  }
  const { queue, running } = state
  return {
    start: (address) => start(state, address),
    enqueue: (request) => enqueue(state, request),
    remove: (request) => queue.remove(request.address, request),
    finished(address) {
      running.add(address, -1)
      reserveSlices(state)
    },
    isFullFor: (address) => queue.of(address) >= limits.waitingPerAddress,
    length: () => queue.size(),
    stop: () => clearInterval(state.sweepTimer),
  }
}

function start(state: State, address: string): boolean {
  const { queue, running } = state
  if (queue.size() > 0 || !isBelowLimit(state) || !mayRun(state, address) || !timeSlices.hasTime()) return false
  running.add(address, 1)
  return true
}

function enqueue(state: State, request: QueuedRequest): boolean {
  const { limits, queue } = state
  const { address } = request
  if (queue.of(address) >= limits.waitingPerAddress) return false
  if (queue.size() >= limits.waiting && !makeRoom(state, address)) return false
  queue.add(address, request)
  state.sweepTimer ??= setInterval(() => dropExpired(state), SWEEP_MS).unref()
  reserveSlices(state)
  return true
}

const isBelowLimit = ({ running, limits }: State) => running.total() < limits.running

const mayRun = ({ running, limits }: State, address: string) => running.get(address) < limits.runningPerAddress

function reserveSlices(state: State): void {
  const startable = Math.min(state.queue.size(), state.limits.running - state.running.total())
  for (; state.reserved < startable; state.reserved += 1) timeSlices.wait(() => startNext(state))
}

function startNext(state: State): void {
  state.reserved -= 1
  const next = isBelowLimit(state) ? state.queue.next((address) => mayRun(state, address)) : undefined
  if (!next) return
  state.running.add(next.address, 1)
  next.start()
}

/** Drops the last request of the address with most, for an address with less than its share. @returns whether it did */
function makeRoom({ queue, limits }: State, address: string): boolean {
  if (queue.of(address) + 1 > limits.waiting / queue.addresses()) return false
  queue.dropLast()?.onTimeout()
  return true
}

function dropExpired(state: State): void {
  const { queue } = state
  const now = performance.now()
  // The first request of an address has waited longest.
  for (let expired; (expired = queue.heads().filter(({ deadline }) => deadline <= now)).length > 0;) {
    for (const request of expired) {
      queue.remove(request.address, request)
      request.onTimeout()
    }
  }
  if (queue.size() > 0) return
  clearInterval(state.sweepTimer)
  state.sweepTimer = undefined
}
