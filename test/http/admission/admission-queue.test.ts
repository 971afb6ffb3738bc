import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { timeSlices } from '../../../src/event-loop.ts'
import { openAdmissionQueue } from '../../../src/http/admission/admission-queue.ts'

const LIMITS = { running: 2, runningPerAddress: 2, waiting: 100, waitingPerAddress: 100 }

/** What waits for a time slice. */
let slices: (() => void)[]
beforeEach(() => {
  slices = []
  vi.spyOn(timeSlices, 'hasTime').mockReturnValue(false)
  vi.spyOn(timeSlices, 'wait').mockImplementation((work) => void slices.push(work))
})
afterEach(() => void vi.restoreAllMocks())

it('reserves a time slice for each request that may run, and for no other that waits', () => {
  const queue = openAdmissionQueue(LIMITS)
  const started: number[] = []
  for (let n = 0; n < 6; n += 1)
    queue.enqueue({ address: 'ada', start: () => started.push(n), onTimeout: () => {}, deadline: Infinity })
  expect(slices).toHaveLength(2)
  for (const work of slices.splice(0)) work()
  expect([started, slices, queue.length()]).toEqual([[0, 1], [], 4])
  queue.finished('ada')
  expect(slices).toHaveLength(1)
  slices[0]?.()
  expect([started, queue.length()]).toEqual([[0, 1, 2], 3])
  queue.stop()
})
