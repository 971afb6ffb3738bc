import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { describe, expect, it } from 'vitest'
import { ROUTE_NAMES } from '../../src/http/endpoints/index.ts'
import { openMetrics } from '../../src/ops/metrics.ts'
import { DELIVERY_OUTCOMES } from '../../src/background/outbox-worker.ts'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string }
}
const { groups } = parse(readFileSync('deploy/prometheus/alerts.yml', 'utf8')) as { groups: { rules: Rule[] }[] }
const rules = groups.flatMap((group) => group.rules)
const rows = readFileSync('docs/operating.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `Calendar'))

describe('the alerts', () => {
  it.each(rules)('$alert is documented in docs/operating.md', ({ alert, labels }) => {
    const row = rows.filter((line) => line.startsWith(`| \`${alert}\` | ${labels.severity} |`))
    expect(row).toHaveLength(1)
    expect(row[0]?.split(' | ').filter((cell) => cell.trim() !== '')).toHaveLength(4)
  })

  it('are the only documented ones', () => {
    expect(rows).toHaveLength(rules.length)
  })

  it.each(rules)('$alert uses metrics and labels that the server exports', async ({ expr }) => {
    const metrics = await openMetrics().registry.getMetricsAsJSON()
    const known = new Set(
      metrics.flatMap(({ name, type }) => (String(type) === 'histogram' ? [`${name}_bucket`] : [name])),
    )
    // Prometheus adds `up`.
    known.add('up')
    // Quoted texts are label values.
    const named = [
      ...expr.replaceAll(/"[^"]*"/g, '').matchAll(/\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b(?!\s*\()|\bup\b/g),
    ].map(([name]) => name)
    expect(named.length).toBeGreaterThan(0)
    expect(named.filter((name) => !known.has(name))).toEqual([])
    const [, route] = /route="(\w+)"/.exec(expr) ?? []
    if (route) expect(ROUTE_NAMES).toContain(route)
    for (const outcome of /outcome=~?"([^"]+)"/.exec(expr)?.[1]?.split('|') ?? [])
      expect(DELIVERY_OUTCOMES).toContain(outcome)
  })
})
