import { Body } from 'astronomy-engine'
import { describe, expect, it } from 'vitest'
import { askForTarget, knownTarget } from '../../web/target/known-targets.ts'
import {
  coordinatesProblem,
  formatCoordinates,
  type ListedTarget,
  namedTargetOf,
  targetAtCoordinates,
} from '../../web/target/named-target.ts'

const listed = (name: string, kind: string, ...aliases: string[]): ListedTarget => ({
  name,
  kind,
  aliases,
  ra: 10.6848,
  dec: 41.2691,
})

describe('a target of the catalogue', () => {
  it('is called by its short name and by the name that people use', () => {
    expect(namedTargetOf(listed('M 31', 'galaxy', 'NGC 224', 'Andromeda Galaxy'))).toEqual({
      text: 'M31',
      name: 'M31',
      alias: 'Andromeda',
      target: { ra: 10.6848, dec: 41.2691 },
    })
    expect(namedTargetOf(listed('C 14', 'open cluster', 'NGC 869', 'Double Cluster'))).toMatchObject({
      name: 'C14',
      alias: 'Double Cluster',
    })
    expect(namedTargetOf(listed('Mirach', 'star'))).toMatchObject({ name: 'Mirach', alias: undefined })
  })

  it('moves if it is a planet or the Moon', () => {
    expect(namedTargetOf(listed('Jupiter', 'planet')).target).toEqual({ body: Body.Jupiter })
    expect(namedTargetOf(listed('Moon', 'moon')).target).toEqual({ body: Body.Moon })
  })
})

describe('coordinates', () => {
  it.each(['00 42 44.3 +41 16 09', '00:42:44.3 +41:16:09', 'RA 00h42m44.3s, Dec +41°16′09″', '10.68458, 41.26917'])(
    'are a target: %s',
    (text) => {
      const target = targetAtCoordinates(text)
      expect(target?.text).toBe('10.68458,41.26917')
      expect(target?.name).toBe('00:42:44 +41:16')
      expect(targetAtCoordinates(target?.text ?? '')).toMatchObject({ name: '00:42:44 +41:16', text: target?.text })
    },
  )

  it('of no place say why', () => {
    expect(targetAtCoordinates('10.5 -91')).toBeUndefined()
    expect(coordinatesProblem(' 10.5 -91 ')).toBe('“10.5 -91” has a declination beyond 90 degrees.')
    expect(coordinatesProblem('M31')).toBeUndefined()
    expect(targetAtCoordinates('M31')).toBeUndefined()
  })

  it('are written in hours and degrees, south with a sign, rounded without a 60', () => {
    expect(formatCoordinates({ ra: 201.365, dec: -43.0191 })).toBe('13:25:28 −43:01')
    expect(formatCoordinates({ ra: 359.9999, dec: -0.9999 })).toBe('00:00:00 −01:00')
  })
})

describe('the target of a name', () => {
  it('is asked for once at a time, and again after a failure', async () => {
    const asked: string[] = []
    let fail = true
    const calendar = {
      targets: (text: string) => {
        asked.push(text)
        return fail ? Promise.reject(new Error('unreachable')) : Promise.resolve([listed('M 31', 'galaxy')])
      },
    }
    const failed = await Promise.allSettled([askForTarget(calendar, 'M31'), askForTarget(calendar, 'M31')])
    expect([failed.map(({ status }) => status), asked]).toEqual([['rejected', 'rejected'], ['M31']])
    fail = false
    const [one, other] = await Promise.all([askForTarget(calendar, 'M31'), askForTarget(calendar, 'M31')])
    expect([one, asked]).toEqual([other, ['M31', 'M31']])
    expect(knownTarget('M31')).toBe(one)
  })

  it('is forgotten alone after 64 others', async () => {
    const calendar = { targets: () => Promise.resolve([]) }
    const names = Array.from({ length: 65 }, (_, n) => `none ${n}`)
    for (const name of names) await askForTarget(calendar, name)
    expect(names.filter((name) => knownTarget(name) === undefined)).toEqual(['none 0'])
  })
})
