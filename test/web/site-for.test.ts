import { expect, it } from 'vitest'
import { siteFor } from '../../web/editor/site-for.ts'
import { enclosureOf, saf } from '../context.ts'

const sites = new Map([[saf.code, saf], ...enclosureOf('aro')])

it('an enclosure has the clock and the sky of its telescopes', () => {
  expect(siteFor(sites, 'saf')).toEqual({ site: saf, hasSky: true })
  expect(siteFor(sites, 'aro')).toMatchObject({
    site: { code: 'aro', name: 'enclosure of aro1, aro2', timeZone: saf.timeZone },
    hasSky: true,
  })
  expect(siteFor(sites, 'elsewhere')).toMatchObject({ site: { code: 'elsewhere', timeZone: 'UTC' }, hasSky: false })
})
