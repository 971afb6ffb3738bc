import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parse, stringify } from 'yaml'
import { describe, expect, it } from 'vitest'

const RULES = 'deploy/prometheus/alerts.yml'
interface Rule {
  readonly alert: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string }
}
const { groups } = parse(readFileSync(RULES, 'utf8')) as { groups: { rules: Rule[] }[] }
const rules = groups.flatMap((group) => group.rules)

/** Series as promtool writes them, a value for each minute (or `step`): `0x5 1x10` is 0 for six minutes and then 1. */
type Series = Readonly<Record<string, string>>
interface Case {
  /** Series for which the alert must not fire. */
  readonly quiet: Series
  /** Series in which the problem occurs for the first time. */
  readonly fires: Series
  /** Minutes after which the alert must fire. */
  readonly at: number
  /** The interval of the series, in minutes. */
  readonly step?: number
  /** The labels that identify the alert. */
  readonly labels?: Readonly<Record<string, string>>
}

const JOB = 'job="photonranch-calendar"'
const requests = (status: string, values: string): Series => ({
  [`calendar_requests_total{route="siteevents",status="${status}"}`]: values,
})
const histogram = (name: string, labels: string, slow: string): Series => ({
  [`${name}_bucket{${labels}le="0.1"}`]: '0+60x90',
  [`${name}_bucket{${labels}le="0.25"}`]: '0+60x90',
  [`${name}_bucket{${labels}le="1"}`]: slow,
  [`${name}_bucket{${labels}le="+Inf"}`]: slow,
})
const gauge = (name: string, values: string): Series => ({ [name]: values })
const process = (values: string): Series => gauge(`process_start_time_seconds{${JOB}}`, values)

const CASES: Readonly<Record<string, Case>> = {
  CalendarDown: {
    quiet: gauge(`up{${JOB}}`, '1x20'),
    fires: gauge(`up{${JOB}}`, '1x5 0x10'),
    at: 9,
    labels: { job: 'photonranch-calendar' },
  },
  CalendarFailing: { quiet: requests('503', '0x40'), fires: requests('503', '0x10 1+1x20'), at: 20 },
  CalendarBug: { quiet: requests('500', '0x40'), fires: requests('500', '0x10 1x20'), at: 12 },
  CalendarCannotBeRead: {
    quiet: gauge('calendar_store_readable', '1x20'),
    fires: gauge('calendar_store_readable', '1x5 0x10'),
    at: 8,
  },
  CalendarCannotBeChanged: {
    quiet: gauge('calendar_store_writable', '1x20'),
    fires: gauge('calendar_store_writable', '1x5 0x10'),
    at: 8,
  },
  CalendarDamaged: {
    quiet: gauge('calendar_damaged_reservations', '0x20'),
    fires: gauge('calendar_damaged_reservations', '0x5 1x20'),
    at: 7,
  },
  CalendarEmptied: {
    quiet: gauge('calendar_reservations', '0x10 5x10 1x20'),
    fires: gauge('calendar_reservations', '5x10 0x10'),
    at: 12,
  },
  CalendarNotPolled: {
    // No telescope has polled since the start, a moment ago.
    quiet: { ...process('0x60'), 'calendar_last_poll_timestamp_seconds{site="saf"}': '_x5 300+60x60' },
    fires: { ...process('0x60'), 'calendar_last_poll_timestamp_seconds{site="saf"}': '0+60x10 600x60' },
    at: 25,
  },
  CalendarSiteNotPolled: {
    quiet: {
      'calendar_last_poll_timestamp_seconds{site="saf"}': '0+60x90',
      'calendar_last_poll_timestamp_seconds{site="mrc1"}': '0+60x90',
    },
    fires: {
      'calendar_last_poll_timestamp_seconds{site="saf"}': '0+60x90',
      'calendar_last_poll_timestamp_seconds{site="mrc1"}': '0+60x10 600x80',
    },
    at: 45,
    labels: { site: 'mrc1' },
  },
  CalendarRoomShort: {
    quiet: { 'calendar_disk_free_bytes{disk="store"}': '20e9x40', 'calendar_disk_bytes{disk="store"}': '100e9x40' },
    fires: {
      'calendar_disk_free_bytes{disk="store"}': '20e9x5 9e9x40',
      'calendar_disk_bytes{disk="store"}': '100e9x45',
    },
    at: 25,
    labels: { disk: 'store' },
  },
  CalendarRoomGone: {
    quiet: { 'calendar_disk_free_bytes{disk="log"}': '200e6x20' },
    fires: { 'calendar_disk_free_bytes{disk="log"}': '200e6x5 0x20' },
    at: 8,
    labels: { disk: 'log' },
  },
  CalendarLogLost: {
    quiet: gauge('calendar_log_lines_lost_total', '0x20'),
    fires: gauge('calendar_log_lines_lost_total', '0x5 1x20'),
    at: 7,
  },
  CalendarLogGrows: {
    quiet: gauge('calendar_store_bytes{part="log"}', '70e6x40'),
    fires: gauge('calendar_store_bytes{part="log"}', '70e6x5 300e6x40'),
    at: 20,
  },
  // Without any backup by the command there is no time to compare, so no alert.
  CalendarBackupOld: {
    quiet: gauge('calendar_backup_timestamp_seconds', '0x40'),
    fires: gauge('calendar_backup_timestamp_seconds', '60x40'),
    at: 1620,
    step: 60,
  },
  CalendarScheduleSlow: {
    quiet: histogram('calendar_poll_seconds', '', '0+60x90'),
    fires: histogram('calendar_poll_seconds', '', '0+60x10 630+66x80'),
    at: 30,
  },
  CalendarDiskSlow: {
    quiet: histogram('calendar_store_seconds', 'operation="change",', '0+60x90'),
    fires: histogram('calendar_store_seconds', 'operation="change",', '0+60x10 630+66x80'),
    at: 30,
  },
  CalendarRestarting: {
    quiet: process('1x10 2x10 3x10 4x10'),
    fires: process('1x5 2x5 3x5 4x5 5x5'),
    at: 27,
    labels: { job: 'photonranch-calendar' },
  },
  CalendarHeldUp: {
    quiet: gauge(`nodejs_eventloop_lag_p99_seconds{${JOB}}`, '0.02x40'),
    fires: gauge(`nodejs_eventloop_lag_p99_seconds{${JOB}}`, '0.02x5 0.2x40'),
    at: 20,
    labels: { job: 'photonranch-calendar' },
  },
  CalendarFilesRunOut: {
    quiet: { [`process_open_fds{${JOB}}`]: '700x20', [`process_max_fds{${JOB}}`]: '1000x20' },
    fires: { [`process_open_fds{${JOB}}`]: '700x5 900x20', [`process_max_fds{${JOB}}`]: '1000x25' },
    at: 15,
    labels: { job: 'photonranch-calendar' },
  },
  CalendarCredentialsRefused: { quiet: requests('401', '0+1x60'), fires: requests('401', '0x10 1+4x60'), at: 40 },
  CalendarStrangersLimited: { quiet: requests('429', '0x60'), fires: requests('429', '0x10 1+1x60'), at: 30 },
  CalendarFlooded: {
    quiet: gauge('calendar_refused_total{why="waiting"}', '0+5x60'),
    fires: gauge('calendar_refused_total{why="waiting"}', '0x10 1+20x60'),
    at: 40,
  },
  CalendarConflictsRise: {
    quiet: gauge('calendar_conflicts_total', '0+2x200'),
    fires: gauge('calendar_conflicts_total', '0x10 1+5x190'),
    at: 130,
  },
  CalendarMessagesWait: {
    quiet: gauge('calendar_outbox_oldest_seconds', '600x40'),
    fires: gauge('calendar_outbox_oldest_seconds', '0x5 2000x40'),
    at: 15,
  },
  CalendarMessagesLost: {
    quiet: gauge('calendar_deliveries_total{outcome="refused"}', '0x40'),
    fires: gauge('calendar_deliveries_total{outcome="refused"}', '0x5 1x40'),
    at: 7,
  },
  CalendarWebhooksWait: {
    quiet: gauge('calendar_webhooks_oldest_seconds{receiver="archive"}', '600x40'),
    fires: gauge('calendar_webhooks_oldest_seconds{receiver="archive"}', '0x5 2000x40'),
    labels: { receiver: 'archive' },
    at: 15,
  },
  CalendarWebhooksFailed: {
    quiet: gauge('calendar_webhooks_failed{receiver="archive"}', '0x40'),
    fires: gauge('calendar_webhooks_failed{receiver="archive"}', '0x5 1x40'),
    labels: { receiver: 'archive' },
    at: 7,
  },
}

/** Where test/needs.sh unpacks it if it is not installed. */
const OWN = 'build/unpacked/usr/bin/promtool'
const promtool = existsSync(OWN) ? resolve(OWN) : 'promtool'

/** The errors of promtool for a case; empty if it passes. */
function faultsOf(
  { alert, labels, annotations }: Rule,
  { quiet, fires, at, step = 1, labels: telling = {} }: Case,
): string {
  const seriesOf = (series: Series) => Object.entries(series).map(([name, values]) => ({ series: name, values }))
  const summary = annotations.summary.replaceAll(
    /\{\{ \$labels\.(\w+) \}\}/g,
    (_, label: string) => telling[label] ?? '',
  )
  const reported = { exp_labels: { ...labels, ...telling }, exp_annotations: { summary } }
  const tests = [
    ...[at - step, at, at + 5 * step].map((time) => ({ series: quiet, time, expected: [] })),
    { series: fires, time: at, expected: [reported] },
  ].map(({ series, time, expected }) => ({
    interval: `${step}m`,
    input_series: seriesOf(series),
    alert_rule_test: [{ eval_time: `${time}m`, alertname: alert, exp_alerts: expected }],
  }))
  const folder = mkdtempSync(join(tmpdir(), 'alerts-'))
  const file = join(folder, 'test.yml')
  writeFileSync(file, stringify({ rule_files: [resolve(RULES)], evaluation_interval: `${step}m`, tests }))
  const { status, stdout, stderr } = spawnSync(promtool, ['test', 'rules', file], { encoding: 'utf8' })
  rmSync(folder, { recursive: true })
  return status === 0 ? '' : stdout + stderr
}

describe('the alerts, by promtool', () => {
  it('are valid rules', () => {
    expect(execFileSync(promtool, ['check', 'rules', RULES], { encoding: 'utf8' })).toContain(
      `SUCCESS: ${rules.length} rules found`,
    )
  })

  it.each(rules)('$alert fires at the first occurrence, and not before', (rule) => {
    const known = CASES[rule.alert] ?? expect.fail('there is no case for it')
    expect(faultsOf(rule, known)).toBe('')
  })

  it('do not fire for a series without a zero before the first occurrence', () => {
    const [rule, known] = [rules.find(({ alert }) => alert === 'CalendarBug'), CASES['CalendarBug']]
    if (!rule || !known) expect.fail('there is no such alert')
    // A series that begins with the first occurrence does not increase.
    const unborn = { ...known, fires: requests('500', '_x10 1x20') }
    expect(faultsOf(rule, unborn)).toContain('CalendarBug')
  })
})
