import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  linkTo,
  NETWORK_FILTERS,
  placeOf,
  type Route,
  routeOf,
  rootOf,
  type SiteRoute,
  VIEWS,
} from '../../web/routes.ts'
import { at } from '../context.ts'

const ROOTS = [
  'http://127.0.0.1:8000/',
  'https://calendar.example.org/dev/',
  'https://example.org/some/where/calendar/',
]

const COMMON = { target: undefined, q: undefined, mine: false, reserve: undefined, event: undefined, embed: false }
const NETWORK: Route = { page: 'network', at: undefined, filter: undefined, ...COMMON }
const saf: SiteRoute = { page: 'site', site: 'saf', view: undefined, night: undefined, day: undefined, ...COMMON }

describe.each(ROOTS)('the route of an address below %s', (root) => {
  const read = (link: string) => routeOf(new URL(link, root).href)

  it('is the route that the link was made from', () => {
    fc.assert(
      fc.property(routes, (route) => {
        expect(read(linkTo(route))).toEqual(complete(route))
      }),
    )
  })

  it('is the same from every other page', () => {
    fc.assert(
      fc.property(routes, routes, (from, to) => {
        const address = new URL(linkTo(from), root).href
        expect(rootOf(address).href).toBe(root)
        expect(routeOf(new URL(linkTo(to), address).href)).toEqual(complete(to))
      }),
    )
  })

  it.each<[string, Route]>([
    ['', NETWORK],
    ['?at=2026-03-06T20:00:00Z', { ...NETWORK, at: at('2026-03-06T20:00:00Z') }],
    ['?from=2026-03-06T21:00:00%2B01:00&embed', { ...NETWORK, at: at('2026-03-06T20:00:00Z'), embed: true }],
    ['?at=tomorrow', NETWORK],
    ['saf', saf],
    ['saf?view=month&night=2026-03-06&embed', { ...saf, view: 'month', night: '2026-03-06', embed: true }],
    ['saf?view=year&night=2026-02-30', saf],
    ['saf?night=2026-3-6&other=1#top', saf],
    ['no%20such%3Fsite', { ...saf, site: 'no such?site' }],
    ['100%', { ...saf, site: '100%' }],
    ['?filter=dark&mine', { ...NETWORK, filter: 'dark', mine: true }],
    ['?filter=bright', NETWORK],
    ['?filter=mine', { ...NETWORK, mine: true }],
    ['saf?filter=mine', saf],
    ['saf?q=M%2031&target=M31&mine', { ...saf, q: 'M 31', target: 'M31', mine: true }],
    ['saf?view=week&day', { ...saf, view: 'week', day: true }],
    ['saf?q=&target=&event=', saf],
    ['saf?event=a/b', { ...saf, event: 'a/b' }],
    [
      'saf?reserve=2026-03-06T20:00:00Z/2026-03-06T21:00:00Z',
      { ...saf, reserve: { start: at('2026-03-06T20:00:00Z'), end: at('2026-03-06T21:00:00Z') } },
    ],
    ['saf?reserve=2026-03-06T20:00:00Z', saf],
    ['saf?reserve=2026-03-06T20:00:00Z/2026-03-06T20:00:00Z', saf],
    ['saf?reserve=now/then', saf],
  ])('is read from "%s"', (typed, route) => {
    expect(read(typed)).toEqual(route)
  })
})

it('a link leaves out what is absent', () => {
  expect(linkTo({ page: 'network' })).toBe('./')
  expect(linkTo({ page: 'network', at: at('2026-03-06T20:00:00Z') })).toBe('./?at=2026-03-06T20%3A00%3A00Z')
  expect(linkTo({ page: 'site', site: 'saf' })).toBe('./saf')
  expect(linkTo({ page: 'site', site: 'saf', view: 'night', night: '2026-03-06', embed: true })).toBe(
    './saf?view=night&night=2026-03-06&embed',
  )
})

it('the place of a route has neither editor nor card', () => {
  const during = { start: at('2026-03-06T20:00:00Z'), end: at('2026-03-06T21:00:00Z') }
  expect(linkTo(placeOf({ ...saf, q: 'M31', event: 'a', reserve: during }))).toBe('./saf?q=M31')
})

/** Absent members are undefined or false when they are read. */
const complete = (route: Route): Route => (route.page === 'network' ? { ...NETWORK, ...route } : { ...saf, ...route })

const instants = fc.integer({ min: at('1970-01-01T00:00:00Z'), max: at('9999-12-31T00:00:00Z') })
const texts = fc.string({ minLength: 1, unit: 'grapheme' })
const common = {
  target: texts,
  q: texts,
  mine: fc.boolean(),
  reserve: fc
    .tuple(instants, fc.integer({ min: 1, max: 86_399 }))
    .map(([start, length]) => ({ start, end: start + length })),
  event: texts,
  embed: fc.boolean(),
}
const dates = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10))

const routes: fc.Arbitrary<Route> = fc.oneof(
  fc.record(
    { page: fc.constant('network' as const), at: instants, filter: fc.constantFrom(...NETWORK_FILTERS), ...common },
    { requiredKeys: ['page'] },
  ),
  fc.record(
    {
      page: fc.constant('site' as const),
      site: fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/),
      view: fc.constantFrom(...VIEWS),
      night: dates,
      ...common,
    },
    { requiredKeys: ['page', 'site'] },
  ),
)
