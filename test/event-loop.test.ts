import { setImmediate as nextTurnOfTheLoop } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { openTimeSlices } from '../src/event-loop.ts'

/** Blocks the event loop for a time. */
function spin(ms: number): void {
  for (const startedAt = performance.now(); performance.now() - startedAt < ms;);
}

it('calls waiting callbacks in order', async () => {
  const turns = openTimeSlices(10)
  const called: number[] = []
  for (let n = 0; n < 500; n += 1) turns.wait(() => called.push(n))
  while (called.length < 500) await nextTurnOfTheLoop()
  expect(called).toEqual(Array.from({ length: 500 }, (_, n) => n))
})

it.each([
  ['', 5],
  [', even if the break after it is over at once', 0],
])('lets the event loop turn between callbacks that take longer than a slice%s', async (_, breakMs) => {
  const turns = openTimeSlices(5, breakMs)
  const done: number[] = []
  for (let n = 0; n < 20; n += 1)
    turns.wait(() => {
      done.push(n)
      spin(6)
    })
  const inATurn: number[] = []
  while (done.length < 20) {
    const before = done.length
    await nextTurnOfTheLoop()
    inATurn.push(done.length - before)
  }
  expect(Math.max(...inATurn)).toBe(1)
})

it('takes a break after a slice while requests arrive, however long the last callback was', async () => {
  const turns = openTimeSlices(20)
  const breaks: number[] = []
  let ended = performance.now()
  for (let n = 0; n < 5; n += 1) {
    turns.wait(() => {
      breaks.push(performance.now() - ended)
      spin(50)
      ended = performance.now()
    })
  }
  while (breaks.length < 5) {
    turns.tookRequest()
    await nextTurnOfTheLoop()
  }
  for (const pause of breaks.slice(1)) expect(pause).toBeGreaterThanOrEqual(19)
})

it('has no time for new work while callbacks wait', async () => {
  const turns = openTimeSlices(1000)
  expect(turns.hasTime()).toBe(true)
  const called = new Promise<void>((resolve) => turns.wait(resolve))
  expect(turns.hasTime()).toBe(false)
  await called
  expect(turns.hasTime()).toBe(true)
})

it('has no time for the rest of a turn that has used its slice', async () => {
  const turns = openTimeSlices(5)
  expect(turns.hasTime()).toBe(true)
  spin(6)
  expect([turns.hasTime(), turns.hasTime()]).toEqual([false, false])
  spin(6)
  expect(turns.hasTime()).toBe(true)
})
