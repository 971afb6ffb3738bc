import { Counter, Histogram, Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { RequestCounter, TimeHistogram } from '../../src/ops/tallies.ts'

const BOUNDS = [0.001, 0.01, 0.1, 1]
const definition = () => ({ name: 'a_metric', help: 'Its help.', registers: [new Registry()] })

const textOf = ({ registers: [registry] }: { readonly registers: readonly Registry[] }) => registry?.metrics()
const jsonOf = ({ registers: [registry] }: { readonly registers: readonly Registry[] }) => registry?.getMetricsAsJSON()

it('a histogram of times reads like that of prom-client', async () => {
  const [ours, theirs] = [definition(), definition()]
  const times = new TimeHistogram({ ...ours, label: 'route', bounds: BOUNDS })
  const expected = new Histogram({ ...theirs, labelNames: ['route'], buckets: BOUNDS })
  expect(await textOf(ours)).toBe(await textOf(theirs))
  times.of('idle')
  expected.zero({ route: 'idle' })
  for (const [n, seconds] of [0, 0.001, 0.0011, 0.01, 0.05, 0.1, 0.999, 1, 1.001, 60].entries()) {
    const route = n % 3 === 0 ? 'a "quoted" route' : 'siteevents'
    times.observe(route, seconds)
    expected.observe({ route }, seconds)
  }
  expect(await textOf(ours)).toBe(await textOf(theirs))
  expect(await jsonOf(ours)).toHaveLength(1)
})

it('a counter of requests reads like that of prom-client', async () => {
  const [ours, theirs] = [definition(), definition()]
  const requests = new RequestCounter(ours)
  const expected = new Counter({ ...theirs, labelNames: ['route', 'status'] })
  for (const status of [500, 503]) {
    requests.inc('me', status, 0)
    expected.inc({ route: 'me', status }, 0)
  }
  for (const status of [200, 304, 200, 503]) {
    requests.inc('me', status)
    expected.inc({ route: 'me', status })
  }
  requests.inc('siteevents', 200)
  expected.inc({ route: 'siteevents', status: 200 })
  expect(await textOf(ours)).toBe(await textOf(theirs))
  expect(await textOf(ours)).toBe(await textOf(theirs))
})
