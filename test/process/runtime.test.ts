import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'

const start = promisify(execFile)
const ends = (...args: string[]) =>
  start(process.execPath, args).catch((error: unknown) => error as { code: number; stdout: string; stderr: string })

/** Makes a process believe that it is run by another Node.js. */
const asNode = (version: string) =>
  `--import=data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"${version}"}})`

it.each(['20.20.2', '18.0.0'])(
  'is rejected in one sentence by Node.js %s, before anything is loaded',
  async (version) => {
    const { code, stdout, stderr } = (await ends(asNode(version), 'bin/photonranch-calendar.js', 'serve')) as {
      code: number
      stdout: string
      stderr: string
    }
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: `The calendar needs Node.js 22 or newer, and this is ${version}.\n`,
    })
  },
)

it('loads nothing before it has looked at the version', () => {
  expect(readFileSync('bin/photonranch-calendar.js', 'utf8')).not.toMatch(/^import /m)
})

it('keeps what Node.js has compiled for the next start', async () => {
  const args = ['bin/photonranch-calendar.js', '--version']
  await start(process.execPath, args)
  const { stderr } = await start(process.execPath, args, {
    env: { ...process.env, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' },
  })
  expect(stderr).toMatch(/dist\/main\/cli\.js was accepted/)
})

it('keeps it in the folder that systemd has made for that', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'calendar-cache-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  await start(process.execPath, ['bin/photonranch-calendar.js', '--version'], {
    env: { ...process.env, CACHE_DIRECTORY: folder },
  })
  expect(readdirSync(folder)).toEqual([expect.stringContaining(process.version)])
})

it('does not load the HTTP client and the WebSocket of Node.js before they are used', async () => {
  const loads = "await import('./dist/main/serve.js'); console.log(process.moduleLoadList.join('\\n'))"
  const { stdout } = await start(process.execPath, ['--input-type=module', '--eval', loads])
  expect(stdout).toContain('NativeModule http')
  expect(stdout).not.toContain('undici')
})

it('runs from its sources, without a build', async () => {
  const { stdout } = await ends('--disable-warning=ExperimentalWarning', 'src/main/cli.ts', '--help')
  expect(stdout).toContain('serve the calendar')
})
