import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A recorded request of a page, and the response to it. */
export interface Example {
  /** For a shell: `curl $CALENDAR/…`. */
  readonly command: string
  readonly status: number
  readonly answer: unknown
}

/**
 * The examples of a page: each block of `sh` that is followed by one of `json`, or of `http` where the status is not 200. In an
 * answer `"…"` stands for a text that differs from time to time.
 */
export function examplesIn(page: string): Example[] {
  const pattern = /^```sh\n([^`]+)\n```\n\n```(?:json\n|http\nHTTP\/1\.1 (\d+).*\n\n)([^`]+)\n```$/gm
  return [...readFileSync(page, 'utf8').matchAll(pattern)].map(([, command = '', status = '200', answer = '']) => ({
    command,
    status: Number(status),
    answer: JSON.parse(answer) as unknown,
  }))
}

/** Runs the command of an example by a shell, with variables such as `CALENDAR`. Returns the status and the body. */
export async function runExample(command: string, variables: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'calendar-curl-'))
  writeFileSync(join(folder, '.curlrc'), 'silent\nwrite-out = "\\n%{http_code}"\n')
  const env = { PATH: process.env['PATH'] ?? '', CURL_HOME: folder, HOME: folder, ...variables }
  const { stdout } = await promisify(execFile)('sh', ['-c', command], { env, timeout: 60_000 })
  rmSync(folder, { recursive: true })
  const end = stdout.lastIndexOf('\n')
  return { status: Number(stdout.slice(end + 1)), answer: JSON.parse(stdout.slice(0, end)) as unknown }
}

/** The same answer, with `"…"` wherever the example has it. */
export function masked(answer: unknown, example: unknown): unknown {
  if (example === '…' && typeof answer === 'string') return example
  if (typeof answer !== 'object' || typeof example !== 'object' || answer === null || example === null) return answer
  if (Array.isArray(answer)) return answer.map((one, n) => masked(one, (example as readonly unknown[])[n]))
  return Object.fromEntries(
    Object.entries(answer).map(([key, value]) => [key, masked(value, (example as Record<string, unknown>)[key])]),
  )
}
