import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linkTo, type Route, routeOf, rootOf, VIEWS } from '../../web/routes.ts'
import { at } from '../context.ts'

const ROOTS = [
  'http://127.0.0.1:8000/',
  'https://calendar.example.org/dev/',
  'https://example.org/some/where/calendar/',
]

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
    ['', { page: 'network', from: undefined, embed: false }],
    ['?from=2026-03-06T20:00:00Z', { page: 'network', from: at('2026-03-06T20:00:00Z'), embed: false }],
    ['?from=2026-03-06T21:00:00%2B01:00&embed', { page: 'network', from: at('2026-03-06T20:00:00Z'), embed: true }],
    ['?from=tomorrow', { page: 'network', from: undefined, embed: false }],
    ['saf', { page: 'site', site: 'saf', view: undefined, night: undefined, embed: false }],
    [
      'saf?view=month&night=2026-03-06&embed',
      { page: 'site', site: 'saf', view: 'month', night: '2026-03-06', embed: true },
    ],
    ['saf?view=year&night=2026-02-30', { page: 'site', site: 'saf', view: undefined, night: undefined, embed: false }],
    ['saf?night=2026-3-6&other=1#top', { page: 'site', site: 'saf', view: undefined, night: undefined, embed: false }],
    ['no%20such%3Fsite', { page: 'site', site: 'no such?site', view: undefined, night: undefined, embed: false }],
    ['100%', { page: 'site', site: '100%', view: undefined, night: undefined, embed: false }],
  ])('is read from "%s"', (typed, route) => {
    expect(read(typed)).toEqual(route)
  })
})

it('a link leaves out what is absent', () => {
  expect(linkTo({ page: 'network' })).toBe('./')
  expect(linkTo({ page: 'network', from: at('2026-03-06T20:00:00Z') })).toBe('./?from=2026-03-06T20%3A00%3A00Z')
  expect(linkTo({ page: 'site', site: 'saf' })).toBe('./saf')
  expect(linkTo({ page: 'site', site: 'saf', view: 'night', night: '2026-03-06', embed: true })).toBe(
    './saf?view=night&night=2026-03-06&embed',
  )
})

/** Absent members are undefined or false when they are read. */
const complete = (route: Route): Route =>
  route.page === 'network'
    ? { from: undefined, embed: false, ...route }
    : { view: undefined, night: undefined, embed: false, ...route }

const routes: fc.Arbitrary<Route> = fc.oneof(
  fc.record(
    {
      page: fc.constant('network' as const),
      from: fc.integer({ min: at('1970-01-01T00:00:00Z'), max: at('9999-12-31T23:59:59Z') }),
      embed: fc.boolean(),
    },
    { requiredKeys: ['page'] },
  ),
  fc.record(
    {
      page: fc.constant('site' as const),
      site: fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/),
      view: fc.constantFrom(...VIEWS),
      night: fc
        .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
        .map((date) => date.toISOString().slice(0, 10)),
      embed: fc.boolean(),
    },
    { requiredKeys: ['page', 'site'] },
  ),
)
