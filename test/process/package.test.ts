import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { freePort } from './calendar.ts'

/**
 * The package as it would be published, unpacked into an empty project. Its dependencies are those of this checkout, so that
 * nothing is downloaded; it has no others, not even this checkout's development dependencies.
 */
let project: string
let files: string[]

const { dependencies, name } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  name: string
  dependencies: Record<string, string>
}

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'calendar-package-'))
  const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], {
    encoding: 'utf8',
  })
  const [{ filename, files: list } = { filename: '', files: [] }] = JSON.parse(packed) as {
    filename: string
    files: { path: string }[]
  }[]
  files = list.map(({ path }) => path)
  const installed = join(project, 'node_modules', name)
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['-xzf', join(project, filename), '-C', installed, '--strip-components', '1'])
  for (const dependency of Object.keys(dependencies)) {
    const link = join(project, 'node_modules', dependency)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(resolve('node_modules', dependency), link)
  }
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
})
afterAll(() => rmSync(project, { recursive: true }))

const write = (file: string, text: string) => writeFileSync(join(project, file), text)
const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { cwd: project, encoding: 'utf8' })

it('has the program, the page, the client with its types, and nothing else', () => {
  const kinds = new Set(files.map((file) => (file.includes('/') ? file.replace(/\/.*(?=\.)/, '/*') : file)))
  expect([...kinds].filter((kind) => !/^dist\/\*\.(js|css|html|svg|png|webmanifest|md|woff2)$/.test(kind))).toEqual(
    expect.arrayContaining(['LICENSE', 'README.md', 'bin/*.js', 'dist/*.ts', 'openapi.json', 'package.json']),
  )
  expect(files.filter((file) => /^(src|test|docs|deploy|bench|dev|web)\//.test(file) || file.endsWith('.map'))).toEqual(
    [],
  )
  const types = files.filter((file) => file.endsWith('.ts'))
  expect(types.filter((file) => !/^dist\/client\/\w+\.d\.ts$/.test(file))).toEqual([])
})

it('names the licence of each bundled package', () => {
  const installed = join(project, 'node_modules', name)
  for (const [part, bundled] of [
    ['main', ['zod', 'pino', 'oidc-provider', '@aws-sdk/client-dynamodb']],
    ['web', ['preact', '@fontsource-variable/inter']],
  ] as const) {
    const licenses = readFileSync(join(installed, 'dist', part, 'licenses.md'), 'utf8')
    expect(bundled.filter((one) => !licenses.includes(`\n## ${one} - `))).toEqual([])
  }
})

/** The examples of the doc comments, and what a program would do with the answers. */
const examples = () =>
  ['calendar', 'endpoints', 'revision'].flatMap((file) =>
    [...readFileSync(`src/client/${file}.ts`, 'utf8').matchAll(/```ts\n([^]+?)```/g)].map(([, code = '']) =>
      code.replaceAll(/^ *\* ?/gm, ''),
    ),
  )

it('has an example for each function, and all type-check in an empty project without other types', () => {
  const codes = examples()
  const functions = readFileSync('src/client/endpoints.ts', 'utf8').match(/ @example$/gm) ?? []
  expect(codes.length).toBe(functions.length + 3)
  const blocks = codes.map((code) => `{\n${code}}\n`).join('')
  write(
    'program.ts',
    `import { ApiError, type Change, CursorExpiredError, type Event, calendarAt, NetworkError, revisionOf } from '${name}/client'
const session = { accessToken: undefined as string | undefined }
const calendar = calendarAt({ base: 'http://127.0.0.1' })
${blocks}
const titles: string[] = (await calendar.siteEvents({ site: ['saf'], start: '', end: '' })).map(({ title }: Event) => title)
const error: unknown = titles
if (error instanceof ApiError) error.details.free?.after?.start satisfies string | undefined
if (error instanceof NetworkError) error.status satisfies number | undefined
const since = error instanceof CursorExpiredError ? error.cursor : undefined
for await (const change of calendar.changes({ since, sites: ['saf'] })) change satisfies Change
// @ts-expect-error -- it has no such field
void calendar.siteEvents({ site: 'saf', start: '', end: '', titel: '' })
// @ts-expect-error -- it needs a start
void calendar.newEvent({ event_id: 'm13', site: 'saf' })
`,
  )
  for (const [module, resolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ] as const) {
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      module,
      moduleResolution: resolution,
      target: 'es2023',
      lib: ['es2023', 'dom'],
      types: [],
      noEmit: true,
    }
    write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['program.ts'] }))
    run(resolve('node_modules/.bin/tsc'), '--project', project)
  }
})

it('bundles for browsers, without a package or a module of Node.js, in less than 4 kB as it is sent', async () => {
  write(
    'page.js',
    `export { ApiError, calendarAt, CursorExpiredError, NetworkError, revisionOf } from '${name}/client'`,
  )
  const { outputFiles, metafile } = await build({
    entryPoints: [join(project, 'page.js')],
    absWorkingDir: project,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    metafile: true,
  })
  const inputs = Object.keys(metafile.inputs).filter((file) => !file.endsWith('page.js'))
  expect(inputs.filter((file) => !/photonranch-calendar\/dist\/client\/\w+\.js$/.test(file))).toEqual([])
  expect(gzipSync(outputFiles[0]?.contents ?? '').length).toBeLessThan(4000)
})

it('serves by its command, and the client asks it', async () => {
  const port = await freePort()
  const command = join(project, 'node_modules', name, 'bin/photonranch-calendar.js')
  const environment = { PATH: process.env['PATH'] ?? '', PORT: String(port), LOG_LEVEL: 'error' }
  const server = spawn(process.execPath, [command, 'serve'], { cwd: project, env: environment, stdio: 'inherit' })
  onTestFinished(async () => {
    server.kill()
    if (server.exitCode === null) await once(server, 'exit')
  })
  write(
    'ask.js',
    `import { calendarAt } from '${name}/client'
const calendar = calendarAt({ base: 'http://127.0.0.1:${port}/dev', retries: 8, timeoutMs: 60_000 })
const [site] = await calendar.sites()
const events = await calendar.siteEvents({ site: site.code, start: '2030-06-20T00:00Z', end: '2030-06-21T00:00Z' })
const page = await (await fetch('http://127.0.0.1:${port}/')).text()
console.log(JSON.stringify([(await calendar.me()).role, events, page.includes('<html')]))
`,
  )
  expect(JSON.parse(run(process.execPath, 'ask.js'))).toEqual(['anonymous', [], true])
  expect(readdirSync(join(project, 'data'))).toContain('calendar.db')
})

it('can be required by CommonJS', () => {
  write('old.cjs', `console.log(typeof require('${name}/client').calendarAt)`)
  expect(run(process.execPath, 'old.cjs').trim()).toBe('function')
})

it('offers nothing else of its inside', () => {
  write('inside.js', `await import('${name}/dist/http/app.js').catch(({ code }) => console.log(code))`)
  expect(run(process.execPath, 'inside.js').trim()).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED')
})
