import { Constellation } from 'astronomy-engine'
import { describe, expect, it } from 'vitest'
import { parseCoordinates } from '../../src/sky/catalogue/coordinates.ts'
import { catalogue } from '../../src/sky/catalogue/entries.ts'
import { namedEntry, searchCatalogue, similarNames } from '../../src/sky/catalogue/search.ts'
import { keyOf } from '../../src/sky/catalogue/target-name.ts'
import { placeOf } from '../../src/sky/body-place.ts'
import { at } from './sites.ts'

const names = (text: string, limit = 5) => searchCatalogue(text, limit).map(({ name }) => name)

describe('the catalogue', () => {
  it('has every object of Messier and Caldwell, more than a hundred stars, the planets and the Moon', () => {
    for (let n = 1; n <= 110; n++) expect(namedEntry(`Messier ${n}`)?.name).toBe(`M ${n}`)
    for (let n = 1; n <= 109; n++) expect(namedEntry(`Caldwell ${n}`)?.aliases).toContain(`C ${n}`)
    const count = (kind: string) => catalogue().filter((entry) => entry.kind === kind).length
    expect(count('star')).toBeGreaterThan(100)
    expect(count('planet')).toBe(7)
    expect(count('moon')).toBe(1)
  })

  it('has each in the constellation that published tables have it in', () => {
    for (const { name, target, constellation } of catalogue())
      if ('ra' in target)
        expect(`${name} ${Constellation(target.ra / 15, target.dec).symbol}`).toBe(`${name} ${constellation}`)
  })

  it.each([
    // SIMBAD, ICRS J2000.
    ['M 31', '00 42 44.33 +41 16 07.5'],
    ['M 42', '05 35 17.3 -05 23 28'],
    ['M 57', '18 53 35.08 +33 01 45.0'],
    ['M 104', '12 39 59.43 -11 37 23.0'],
    ['NGC 253', '00 47 33.12 -25 17 17.6'],
    ['NGC 5139', '13 26 47.28 -47 28 46.1'],
    ['NGC 104', '00 24 05.36 -72 04 53.2'],
    ['Sirius', '06 45 08.917 -16 42 58.02'],
    ['Vega', '18 36 56.336 +38 47 01.28'],
    ['Polaris', '02 31 49.095 +89 15 50.79'],
    ['Rigil Kentaurus', '14 39 36.494 -60 50 02.37'],
    ['Betelgeuse', '05 55 10.305 +07 24 25.43'],
    ['Mimosa', '12 47 43.269 -59 41 19.58'],
  ])('has %s where SIMBAD has it', (name, text) => {
    const [entry, place] = [namedEntry(name)?.target, parseCoordinates(text)]
    if (!entry || !('ra' in entry) || !place || !('target' in place)) throw new Error('not found')
    const limit = namedEntry(name)?.kind === 'star' ? 1 / 3600 : 1 / 60
    expect(Math.abs(entry.dec - place.target.dec)).toBeLessThan(limit)
    expect(Math.abs(entry.ra - place.target.ra) * Math.cos((entry.dec * Math.PI) / 180)).toBeLessThan(limit)
  })

  it('has no name twice but of what is one thing', () => {
    const byKey = new Map<string, string[]>()
    for (const { name, keys } of catalogue())
      for (const { key } of keys) byKey.set(key, [...new Set([...(byKey.get(key) ?? []), name])])
    const twice = [...byKey].filter(([, entries]) => entries.length > 1).map(([key]) => key)
    expect(twice).toEqual(['antennaegalaxies'])
  })

  it('has bodies where they are now', () => {
    // JPL Horizons, Jupiter's astrometric place from the Earth's centre.
    const { ra, dec } = placeOf({ body: 'Jupiter' as never }, at('2000-01-01T12:00Z'))
    expect(ra).toBeCloseTo(23.87, 1)
    expect(dec).toBeCloseTo(8.59, 1)
  })
})

describe('a name', () => {
  it.each([
    ['M31', 'M 31'],
    ['m 31', 'M 31'],
    ['Messier 31', 'M 31'],
    ['messier-031', 'M 31'],
    ['NGC224', 'M 31'],
    ['ngc 0224', 'M 31'],
    ['Andromeda', 'M 31'],
    ['ANDROMEDA GALAXY', 'M 31'],
    ['crab', 'M 1'],
    ['orion nebula', 'M 42'],
    ['Caldwell 14', 'Double Cluster'],
    ['c14', 'Double Cluster'],
    ['47 Tuc', 'NGC 104'],
    ['Omega Cen', 'NGC 5139'],
    ['ω Centauri', 'NGC 5139'],
    ['Eta Car', 'NGC 3372'],
    ['Cen A', 'NGC 5128'],
    ['30 Dor', 'NGC 2070'],
    ['the Antennae', 'NGC 4038'],
    ['Hercules Cluster', 'M 13'],
    ['the Moon', 'Moon'],
    ['north star', 'Polaris'],
    ['barnards galaxy', 'NGC 6822'],
    ['α Cen', 'Rigil Kentaurus'],
    ['alpha centauri', 'Rigil Kentaurus'],
    ['HIP 91262', 'Vega'],
    ['Bételgeuse', 'Betelgeuse'],
    ['jupiter', 'Jupiter'],
    ['moon', 'Moon'],
    ['sh2 155', 'Sh2-155'],
    ['NGC 869', 'NGC 869'],
  ])('%s is %s', (text, name) => {
    expect(namedEntry(text)?.name).toBe(name)
    expect(names(text)[0]).toBe(name)
  })

  it.each(['', '  ', '...', 'M', 'M 111', 'NGC', 'galaxy', 'xyz'])('%j names nothing', (text) => {
    expect(namedEntry(text)).toBeUndefined()
  })

  it('is searched for by its beginning and by words, the better match first', () => {
    expect(names('m 1', 3)).toEqual(['M 1', 'M 10', 'M 11'])
    expect(names('veil')).toEqual(['NGC 6960', 'NGC 6992'])
    expect(names('jewel')).toEqual(['NGC 4755', 'NGC 6231'])
    expect(names('cluster hercules')).toEqual(['M 13'])
    expect(names('')).toEqual([])
  })

  it('that is misspelt has a similar one', () => {
    expect(similarNames('Betelguese', 3)).toEqual(['Betelgeuse'])
    expect(similarNames('Andromda Galaxy', 3)).toEqual(['Andromeda Galaxy'])
    expect(similarNames('M 11', 2)).toEqual(['M 11', 'M 110'])
    expect(similarNames('qqqqqqqqqqqqqqqqq', 3)).toEqual([])
  })

  it('is the same however it is written', () => {
    expect(keyOf("Barnard's  Galaxy")).toBe(keyOf('BARNARD’S-GALAXY'))
  })
})

describe('coordinates', () => {
  it.each([
    '00 42 44.3 +41 16 09',
    '00:42:44.3 +41:16:09',
    '0h42m44.3s +41d16m09s',
    '0h 42m 44.3s, +41° 16′ 09″',
    `0h42m44.3s+41°16'09"`,
    '00 42 44.3 41 16 09',
    '10.68458 +41.26917',
    '10.68458d +41.26917d',
    '10.68458°, 41.26917°',
    '  10.68458   41.26917 ',
    '00 42.73833 +41 16.15',
    'RA 00 42 44.3 Dec +41 16 09',
    'RA: 00:42:44.3, DEC: +41:16:09',
    'RA/Dec 00:42:44.3 +41:16:09',
    'α = 00h42m44.3s δ = +41°16′09″',
    'ra=10.68458 dec=41.26917',
    '10.68458 deg +41.26917 deg',
    '00:42:44.3 +41:16:09 (J2000)',
    'J2000.0 00 42 44.3 +41 16 09',
    `00h42m44.3s +41°16'09''`,
    '00h42m44.3s +41°16’09”',
    '00ʰ42ᵐ44.3ˢ +41°16′09″',
    '00:42:44.3; +41:16:09',
    '00 42 44.3 +41 16.15',
  ])('%s are those of M 31', (text) => {
    expect(parseCoordinates(text)).toEqual({
      target: { ra: expect.closeTo(10.68458, 4) as number, dec: expect.closeTo(41.26917, 4) as number },
    })
  })

  it('keep the sign of a declination between 0 and -1 degrees', () => {
    expect(parseCoordinates('05 32 00.4 -00 17 57')).toMatchObject({
      target: { dec: expect.closeTo(-0.29917, 4) as number },
    })
    expect(parseCoordinates('83.0 −0.5')).toMatchObject({ target: { dec: -0.5 } })
    expect(parseCoordinates('5h32m –0°30’')).toMatchObject({ target: { dec: -0.5 } })
  })

  it.each([
    ['24 00 00 +10 00 00', 'right ascension'],
    ['360 +10', 'right ascension'],
    ['10 60 00 +10 00 00', 'minutes'],
    ['10 00 00 +10 00 60', 'seconds'],
    ['10 00 00 +90 00 01', 'declination'],
    ['10 -91', 'declination'],
  ])('%s are out of range', (text, what) => {
    expect(parseCoordinates(text)).toMatchObject({ problem: expect.stringContaining(what) as string })
  })

  it.each([
    '',
    'M 31',
    '10.684',
    '10 20 30',
    '1 2 3 4',
    '-10 +20',
    '10,20,30',
    '1 2 3 4 5',
    '1 2.5 3 4 5 6',
    'dec +41 16 09',
    '1e3 +20',
    `${'1'.repeat(70)} +1`,
  ])('%j are none', (text) => {
    expect(parseCoordinates(text)).toBeUndefined()
  })
})
