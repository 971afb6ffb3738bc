import { describe, expect, it } from 'vitest'
import { describeSettings, readSettings } from '../../src/ops/settings.ts'
import { problemsOf } from './problems-of.ts'

const key = (bytes: number) => Buffer.from(Array.from({ length: bytes }, (_, n) => (n * 37 + 11) % 256))
const secretOf = (bytes: number) => `whsec_${key(bytes).toString('base64')}`
const WEBHOOKS = 'archive=https://archive.example.org/hook'
const WEBHOOK_SECRETS = `archive=${secretOf(32)}`

describe('the settings of webhooks', () => {
  it('are none by default', () => {
    const { WEBHOOKS: receivers, WEBHOOK_SECRETS: secrets } = readSettings({})
    expect([receivers.size, secrets.size]).toEqual([0, 0])
  })

  it('name receivers, and one or several secrets of each', () => {
    const settings = readSettings({
      WEBHOOKS: `${WEBHOOKS}, notifier=http://127.0.0.1:9000/`,
      WEBHOOK_SECRETS: `archive=${secretOf(24)} ${secretOf(64)}, notifier=${secretOf(33)}`,
    })
    expect([...settings.WEBHOOKS]).toEqual([
      ['archive', 'https://archive.example.org/hook'],
      ['notifier', 'http://127.0.0.1:9000/'],
    ])
    expect([...settings.WEBHOOK_SECRETS]).toEqual([
      ['archive', [key(24), key(64)]],
      ['notifier', [key(33)]],
    ])
  })

  it('are printed without the secrets', () => {
    expect(describeSettings({ WEBHOOKS, WEBHOOK_SECRETS })).toContain('WEBHOOK_SECRETS=***')
  })

  const SECRETS =
    /^WEBHOOK_SECRETS must be 1 to 3 secrets for each name, whsec_ and 24 to 64 random bytes in base64: number 1 /
  it.each([
    [{ WEBHOOKS: 'https://archive.example.org' }, /^WEBHOOKS must be name=value,name=value .* number 1 /],
    [
      { WEBHOOKS: 'archive=http://archive.example.org' },
      /^WEBHOOKS must be https, unless it is on this machine: number 1/,
    ],
    [{ WEBHOOKS: 'archive=ftp://archive.example.org' }, /^WEBHOOKS must be an http\(s\) address: number 1 /],
    [{ WEBHOOKS: 'archive=https://archive.example.org?key=1' }, /^WEBHOOKS must be without a user/],
    [
      { WEBHOOKS: [1, 2, 3, 4, 5, 6].map((n) => `r${n}=https://r.example.org`).join(',') },
      /^WEBHOOKS must be at most 5 /,
    ],
    [{ WEBHOOKS }, /^WEBHOOKS has archive, for which WEBHOOK_SECRETS has no secret$/],
    [{ WEBHOOK_SECRETS }, /^WEBHOOK_SECRETS has a name that WEBHOOKS does not have: number 1$/],
    [{ WEBHOOKS, WEBHOOK_SECRETS: `archive=${key(32).toString('base64')}` }, SECRETS],
    [{ WEBHOOKS, WEBHOOK_SECRETS: `archive=${secretOf(23)}` }, SECRETS],
    [{ WEBHOOKS, WEBHOOK_SECRETS: `archive=${secretOf(65)}` }, SECRETS],
    [{ WEBHOOKS, WEBHOOK_SECRETS: 'archive=whsec_not base64' }, SECRETS],
    [{ WEBHOOKS, WEBHOOK_SECRETS: `archive=whsec_${Buffer.alloc(32).toString('base64')}` }, SECRETS],
    [{ WEBHOOKS, WEBHOOK_SECRETS: `archive=${[24, 25, 26, 27].map(secretOf).join(' ')}` }, SECRETS],
  ])('are refused: %j', (settings, problem) => {
    const problems = problemsOf(settings)
    expect(problems[0]).toMatch(problem)
    expect(problems.join('\n')).not.toContain(key(32).toString('base64'))
  })
})
