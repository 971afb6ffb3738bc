import { describe, expect, it } from 'vitest'
import { describeSettings, readSettings } from '../../src/ops/settings.ts'
import { problemsOf } from './problems-of.ts'

const SECRET = 'Token c0ffee0123456789'

describe('the settings of portals', () => {
  it('are none by default', () => {
    const { PORTALS, PORTAL_TELESCOPES, PORTAL_KEYS } = readSettings({})
    expect([PORTALS.size, PORTAL_TELESCOPES.size, PORTAL_KEYS.size]).toEqual([0, 0, 0])
  })

  it('name portals, telescopes and secrets', () => {
    const settings = readSettings({
      PORTALS: 'mrc=HTTPS://MRC-portal.example.org:443/, lco=https://portal.example.org/base',
      PORTAL_TELESCOPES: 'mrc1=mrc/0m31, elp1=lco/1m0a.doma.elp',
      PORTAL_KEYS: `mrc=${SECRET}, lco=a=b==`,
    })
    expect([...settings.PORTALS]).toEqual([
      ['mrc', 'https://mrc-portal.example.org'],
      ['lco', 'https://portal.example.org/base'],
    ])
    expect([...settings.PORTAL_TELESCOPES]).toEqual([
      ['mrc1', { portal: 'mrc', telescope: '0m31' }],
      ['elp1', { portal: 'lco', telescope: '1m0a', enclosure: 'doma', site: 'elp' }],
    ])
    expect([...settings.PORTAL_KEYS]).toEqual([
      ['mrc', SECRET],
      ['lco', 'a=b=='],
    ])
  })

  it('are printed without the secrets', () => {
    expect(describeSettings({ PORTAL_KEYS: `mrc=${SECRET}` })).toContain('PORTAL_KEYS=***')
  })

  const PORTALS = 'mrc=https://portal.example.org'

  it.each([
    [{ PORTALS: 'https://portal.example.org' }, /^PORTALS must be name=value,name=value .* number 1 /],
    [{ PORTALS: `${PORTALS},${PORTALS}` }, /^PORTALS must be name=value,name=value .* number 2 /],
    [{ PORTALS: 'mrc=' }, /^PORTALS must be an http\(s\) address: number 1 /],
    [{ PORTALS: 'mrc=http://portal.example.org' }, /^PORTALS must be https, unless it is on this machine: number 1 /],
    [{ PORTALS: 'mrc=https://me:secret@portal.example.org' }, /^PORTALS must be without a user/],
    [{ PORTALS: 'mrc=https://portal.example.org?a=b' }, /^PORTALS must be without a user/],
    [{ PORTALS, PORTAL_TELESCOPES: 'mrc1=mrc' }, /^PORTAL_TELESCOPES must be SITE=PORTAL\/TELESCOPE/],
    [{ PORTALS, PORTAL_TELESCOPES: 'mrc1=mrc/0m31.enc1' }, /^PORTAL_TELESCOPES must be SITE=PORTAL\/TELESCOPE/],
    [{ PORTALS, PORTAL_TELESCOPES: 'mrc1=mrc/0m31&site=elp' }, /^PORTAL_TELESCOPES must be SITE=PORTAL\/TELESCOPE/],
    [{ PORTALS, PORTAL_TELESCOPES: 'mrc 1=mrc/0m31' }, /^PORTAL_TELESCOPES must be name=value/],
    [
      { PORTALS, PORTAL_TELESCOPES: 'aro1=aro/0m3' },
      /^PORTAL_TELESCOPES names aro for aro1, which PORTALS does not have$/,
    ],
    [{ PORTALS, PORTAL_KEYS: `aro=${SECRET}` }, /^PORTAL_KEYS has a name that PORTALS does not have: number 1$/],
    [{ PORTALS, PORTAL_KEYS: SECRET }, /^PORTAL_KEYS must be name=value/],
    [{ PORTALS, PORTAL_KEYS: 'mrc=' }, /^PORTAL_KEYS must be texts that a header can carry: number 1 /],
    [
      { PORTALS, PORTAL_KEYS: `mrc=${SECRET}\nX-Other: 1` },
      /^PORTAL_KEYS must be texts that a header can carry: number 1 /,
    ],
    [{ PORTALS, PORTAL_KEYS: `mrc=${SECRET}é` }, /^PORTAL_KEYS must be texts that a header can carry: number 1 /],
  ])('with %j are wrong, and a secret is not quoted', (environment, problem) => {
    const problems = problemsOf(environment)
    expect(problems).toEqual([expect.stringMatching(problem)])
    expect(problems.join()).not.toContain('c0ffee')
  })
})
