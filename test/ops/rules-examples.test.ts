import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { reserve } from '../../src/service/reserve.ts'
import { readSites } from '../../src/ops/sites.ts'
import { RulesBroken } from '../../src/domain/objection.ts'
import { DAY, HOUR, MINUTE } from '../../src/domain/interval.ts'
import { darkness } from '../../src/sky/sun.ts'
import { nightAt } from '../../src/sky/zone.ts'
import { memoryStore, proposed, TODAY, worldOf } from '../context.ts'

const page = readFileSync(new URL('../../docs/rules.md', import.meta.url), 'utf8')

/** The example under a heading. */
function exampleOf(heading: string) {
  const [, json = ''] = page.slice(page.indexOf(`\n## ${heading}\n`)).split(/^```json$|^```$/m)
  const { sites, rules } = readSites(JSON.parse(json))
  const context = worldOf(memoryStore(), { sites, networkRules: rules })
  const codes = async (start: number, minutes: number, more: Parameters<typeof proposed>[0] = {}) => {
    const wanted = proposed({ site: [...sites.keys()][0] ?? '', start, end: start + minutes * MINUTE, ...more })
    try {
      await reserve(
        wanted,
        more.by ?? { role: 'observer', id: wanted.observer, name: 'Ada' },
        { override: false },
        context,
      )
      return []
    } catch (error) {
      if (error instanceof RulesBroken) return error.broken.map(({ code }) => code)
      throw error
    }
  }
  /** In the darkness of a night so many days ahead. */
  const dark = (days: number, code = [...sites.keys()][0] ?? '') => {
    const site = sites.get(code)
    const [first] = site ? darkness(nightAt(site, TODAY + days * DAY)) : []
    return (first?.start ?? 0) + MINUTE
  }
  return { sites, rules, codes, dark }
}

describe('the examples of docs/rules.md', () => {
  it('of a school network', async () => {
    const { codes, dark } = exampleOf('A school network')
    expect(await codes(dark(3), 30)).toEqual([])
    expect(await codes(dark(3) + HOUR, 45)).toEqual(['hours_per_night'])
    expect(await codes(dark(3), 45, { site: 'south' })).toEqual(['hours_per_night', 'one_at_a_time'])
    expect(await codes(dark(5), 40)).toEqual(['length'])
    expect(await codes(dark(5, 'south'), 60, { site: 'south', kind: 'project' })).toEqual(['length'])
    expect(await codes(dark(40), 30)).toEqual(['horizon'])
    expect(await codes(dark(5) + 14 * HOUR, 30)).toEqual(['darkness'])
    expect(await codes(dark(5), 45)).toEqual([])
    expect(await codes(dark(6), 45)).toEqual([])
    expect(await codes(dark(7), 15)).toEqual(['hours_per_7_nights'])
  })

  it('of a university telescope', async () => {
    const { codes, dark } = exampleOf('A university telescope')
    expect(await codes(dark(3), 60)).toEqual([])
    expect(await codes(dark(3) + HOUR, 200, { kind: 'project' })).toEqual(['hours_per_night'])
    expect(await codes(dark(3), 30, { kind: 'project' })).toEqual(['length'])
    expect(await codes(dark(184), 60)).toEqual(['horizon'])
    expect(await codes(dark(4) - 10 * MINUTE, 60)).toEqual(['darkness'])
  })

  it('of a club', async () => {
    const { codes, dark } = exampleOf('A club')
    for (const days of [3, 4, 5]) expect(await codes(dark(days), 180)).toEqual([])
    expect(await codes(dark(6), 10)).toEqual(['upcoming'])
    expect(await codes(dark(61), 240)).toEqual(['horizon', 'hours_per_night', 'upcoming'])
  })

  it('are all of them', () => {
    expect(page.match(/^```json$/gm)).toHaveLength(3)
  })
})

describe('the table of docs/rules.md', () => {
  it('has every field', () => {
    const fields = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, field]) => field)
    expect(fields).toEqual([
      'lengths',
      'horizon_days',
      'notice_minutes',
      'cancel_notice_minutes',
      'darkness',
      'hours_per_night',
      'hours_per_7_nights',
      'upcoming',
      'one_at_a_time',
    ])
  })
})
