import { expect, it } from 'vitest'
import { withResult } from '../../web/live/recent-results.ts'

it('keeps the last 32 results, each as it was read last', () => {
  let results: ReadonlyMap<string, number> = new Map()
  for (let week = 0; week < 40; week += 1) results = withResult(results, `week ${week}`, week)
  results = withResult(results, 'week 10', 100)
  expect([results.size, results.get('week 7'), results.get('week 8')]).toEqual([32, undefined, 8])
  expect([...results].at(-1)).toEqual(['week 10', 100])
})
