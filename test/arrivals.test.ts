import { readFile } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { beforeEach, expect, it } from 'vitest'
import { type Arrivals, openArrivals } from '../src/arrivals.ts'

let arrivals: Arrivals
let looks: number
let look: () => number
beforeEach(() => {
  arrivals = openArrivals()
  looks = 0
  look = arrivals.shared(() => (looks += 1))
})

it('requests that arrive in the same turn share one look, also those that are answered after the others were read', async () => {
  arrivals.arrived()
  expect(look()).toBe(1)
  arrivals.arrived()
  expect(look()).toBe(1)
  await nextTurn()
  expect(look()).toBe(1)
})

it('requests of another turn look again', async () => {
  for (const expected of [1, 2, 3]) {
    arrivals.arrived()
    expect([look(), look()]).toEqual([expected, expected])
    await readFile(import.meta.filename)
  }
})

it('without requests each call looks, before any and after the last', async () => {
  expect([look(), look()]).toEqual([1, 2])
  arrivals.arrived()
  expect(look()).toBe(3)
  for (let turn = 0; turn < 3; turn += 1) await nextTurn()
  expect([look(), look()]).toEqual([4, 5])
})

it('each looks again after what it saw was forgotten, until the turn ends', async () => {
  arrivals.arrived()
  expect(look()).toBe(1)
  arrivals.forget()
  expect([look(), look()]).toEqual([2, 2])
  for (let turn = 0; turn < 3; turn += 1) await nextTurn()
  expect([look(), look()]).toEqual([3, 4])
})

it('an error is not shared', () => {
  const failing = arrivals.shared(() => {
    if ((looks += 1) === 1) throw new Error('gone')
    return looks
  })
  arrivals.arrived()
  expect(failing).toThrow('gone')
  expect(failing()).toBe(2)
})
