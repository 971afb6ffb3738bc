import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Copy, DockerfileParser } from 'dockerfile-ast'
import { validate } from 'dockerfile-utils'
import { parse } from 'yaml'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { EXIT } from '../../src/cli/cli-error.ts'
import { type Calendar, freePort, home, run, startCalendar } from '../process/calendar.ts'

const text = readFileSync('deploy/container/Dockerfile', 'utf8')
const dockerfile = DockerfileParser.parse(text)
/** The instructions of the last stage. */
const image = dockerfile
  .getInstructions()
  .slice(dockerfile.getInstructions().findLastIndex((one) => one.getKeyword() === 'FROM'))
const settingsOf = () =>
  Object.fromEntries(
    dockerfile
      .getENVs()
      .flatMap((one) => one.getProperties().map((property) => [property.getName(), property.getValue() ?? ''])),
  )
const only = (keyword: string) =>
  image.filter((one) => one.getKeyword() === keyword).map((one) => one.getArgumentsContent() ?? '')

/** The command of the health check. */
const healthCommand = () => JSON.parse(/CMD (\[.*\])$/.exec(only('HEALTHCHECK')[0] ?? '')?.[1] ?? '[]') as string[]

interface Service {
  readonly healthcheck: { readonly test: readonly string[] }
  readonly [key: string]: unknown
}
const compose = parse(readFileSync('deploy/container/compose.yml', 'utf8')) as { services: { calendar: Service } }

describe('the image', () => {
  it('has a Dockerfile without lint errors', () => {
    expect(validate(text)).toEqual([])
  })

  it('runs as a numeric user other than root', () => {
    expect(only('USER')).toEqual(['10001:10001'])
  })

  it('is stopped by SIGTERM, sent to node itself', () => {
    expect(only('STOPSIGNAL')).toEqual(['SIGTERM'])
    expect([only('ENTRYPOINT'), only('CMD')]).toEqual([['["node", "bin/photonranch-calendar.js"]'], ['["serve"]']])
  })

  it('keeps its data in a volume, and holds no secrets', () => {
    expect(only('VOLUME')).toEqual(['/data'])
    expect(settingsOf()).toEqual({
      NODE_ENV: 'production',
      STAGE: 'prod',
      STORE: 'sqlite:/data/calendar.db',
      HOST: '0.0.0.0',
      PORT: '8000',
    })
  })

  it('keeps what Node.js has compiled, by a start as the user that will run it', () => {
    const afterUser = image.slice(image.findIndex((one) => one.getKeyword() === 'USER'))
    const [run, ...others] = afterUser.filter((one) => one.getKeyword() === 'RUN')
    expect(others).toEqual([])
    expect(run?.getArgumentsContent()).toBe(`node bin/photonranch-calendar.js serve || [ $? -eq ${EXIT.settings} ]`)
  })

  it('does not start in demo mode, since others can reach it', async () => {
    const { code, err } = await run({ PATH: process.env['PATH'] ?? '', ...settingsOf() }, 'serve')
    expect([code, err]).toEqual([
      EXIT.settings,
      expect.stringContaining('Set AUTH_ISSUER or AUTH_PUBLIC_KEY') as string,
    ])
  })
})

/** The exceptions in .dockerignore, whose first line excludes everything. */
const admitted = readFileSync('.dockerignore', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('!'))
  .map((line) => line.slice(1))
const isSent = (path: string) => admitted.some((one) => path === one || path.startsWith(`${one}/`))

describe('the build context', () => {
  const sources = dockerfile
    .getCOPYs()
    .filter((copy: Copy) => !copy.getFlags().some((flag) => flag.getName() === 'from'))
    .flatMap((copy) =>
      copy
        .getArguments()
        .slice(0, -1)
        .map((one) => one.getValue()),
    )

  it('contains all sources that the Dockerfile copies', () => {
    expect(sources.length).toBeGreaterThan(5)
    expect(sources.filter((source) => !existsSync(source) || !isSent(source))).toEqual([])
  })

  it('is enough to build', () => {
    const folder = mkdtempSync(join(tmpdir(), 'calendar-image-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    for (const source of sources) cpSync(source, join(folder, source), { recursive: true })
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
    execFileSync('npm', ['run', 'build'], { cwd: folder, stdio: 'pipe' })
    expect(readdirSync(join(folder, 'dist')).toSorted()).toEqual(['client', 'main', 'web'])
  })

  it('contains nothing else', () => {
    expect(
      readFileSync('.dockerignore', 'utf8')
        .split('\n')
        .find((line) => line !== '' && !line.startsWith('#')),
    ).toBe('*')
    expect(admitted.filter((one) => !sources.includes(one))).toEqual([])
  })

  it.each([
    'data/calendar.db',
    'node_modules/zod/package.json',
    '.git/config',
    'deploy/container/calendar.env',
    '.env',
    'dist/main/cli.js',
  ])('does not contain %s', (path) => {
    expect(isSent(path)).toBe(false)
  })
})

describe('the health check', () => {
  let place: Awaited<ReturnType<typeof home>>
  let calendar: Calendar
  beforeAll(async () => {
    place = await home()
    calendar = await startCalendar(place.environment)
  })
  afterAll(async () => {
    await calendar.end('SIGTERM')
    place.remove()
  })

  async function exitCode([program = '', ...args]: readonly string[], port: number): Promise<number | null> {
    const child = spawn(program, args, {
      env: { PATH: process.env['PATH'] ?? '', PORT: String(port) },
      stdio: 'ignore',
    })
    const [code] = (await once(child, 'exit')) as [number | null]
    return code
  }

  it('exits with 0 if the server answers, and with 1 if no server runs', async () => {
    const command = healthCommand()
    expect(command[0]).toBe('node')
    expect(await exitCode(command, calendar.port)).toBe(0)
    expect(await exitCode(command, await freePort())).toBe(1)
  })

  it('exits with 1 if the server is not ready', async () => {
    const asked: string[] = []
    const unready = createServer(({ url = '' }, response) => {
      asked.push(url)
      response.writeHead(503, { Connection: 'close' }).end()
    }).listen(0, '127.0.0.1')
    await once(unready, 'listening')
    expect(await exitCode(healthCommand(), (unready.address() as AddressInfo).port)).toBe(1)
    expect(asked).toEqual(['/health/ready'])
    unready.close()
  })

  it('is the same in compose.yml, where a $ is written twice', () => {
    const { test } = compose.services.calendar.healthcheck
    expect(test.map((word) => word.replaceAll('$$', '$'))).toEqual(['CMD', ...healthCommand()])
  })
})

describe('compose.yml', () => {
  it('gives the container no more rights than it needs', () => {
    expect(compose.services.calendar).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      volumes: ['data:/data'],
      stop_grace_period: '15s',
    })
  })

  it('limits the size of the log', () => {
    expect(compose.services.calendar['logging']).toEqual({
      driver: 'json-file',
      options: { 'max-size': '20m', 'max-file': '5' },
    })
  })

  it('builds from the root of the repository', () => {
    const { build } = compose.services.calendar as unknown as { build: { context: string; dockerfile: string } }
    expect(existsSync(join('deploy/container', build.context, build.dockerfile))).toBe(true)
  })
})
