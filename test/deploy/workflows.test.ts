import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}
interface Job {
  readonly needs?: string | readonly string[]
  readonly uses?: string
  readonly environment?: string
  readonly env?: { readonly STAGE: string }
  readonly permissions?: Readonly<Record<string, string>>
  readonly strategy?: { readonly matrix: { readonly node: number[] } }
  readonly steps?: readonly Step[]
  readonly 'timeout-minutes'?: number
}
interface Workflow {
  readonly on: { readonly push?: { readonly branches?: string[]; readonly tags?: string[] } } & Readonly<
    Record<string, unknown>
  >
  readonly concurrency?: object
  readonly permissions?: object
  readonly jobs: Readonly<Record<string, Job>>
}

const FOLDER = '.github/workflows'
const names = readdirSync(FOLDER).map((name) => name.replace('.yml', ''))
const textOf = (name: string) => readFileSync(`${FOLDER}/${name}.yml`, 'utf8')
const read = (name: string) => parse(textOf(name)) as Workflow
const jobOf = ({ jobs }: Workflow, name: string) => jobs[name] ?? {}
const commandsOf = ({ steps = [] }: Job) => steps.flatMap(({ run }) => run ?? [])
const actionsOf = ({ steps = [] }: Job) => steps.flatMap(({ uses }) => uses?.replace(/@.*/, '') ?? [])
/** The index of the first step whose command or action contains a word; -1 if none does. */
const stepWith = ({ steps = [] }: Job, word: string) =>
  steps.findIndex(({ run, uses }) => run?.includes(word) || uses?.includes(word))

describe('test', () => {
  const workflow = read('test')
  const job = jobOf(workflow, 'test')

  it('runs for every push and pull request, on each supported Node.js version', () => {
    expect(Object.keys(workflow.on)).toEqual(['push', 'pull_request', 'workflow_call'])
    expect(workflow.on.push).toEqual({ 'branches-ignore': read('deploy').on.push?.branches })
    expect(job.strategy?.matrix.node).toEqual([22, 24, 26])
  })

  it('installs the locked packages, and tests on the Node.js of the matrix, not the one in node_modules', () => {
    const commands = commandsOf(job)
    expect(commands.indexOf('npm ci')).toBeLessThan(commands.indexOf('rm node_modules/.bin/node'))
    expect(commands.indexOf('rm node_modules/.bin/node')).toBeLessThan(commands.indexOf('npm test'))
    expect(commands.at(-2)).toBe("npm exec --call 'node --version' | grep '^v${{ matrix.node }}\\.'")
  })

  it('packages the functions, and builds and runs the image', () => {
    expect(commandsOf(jobOf(workflow, 'package'))).toEqual([
      'npm ci',
      'npm run build:lambda',
      'npx osls package --stage prod',
    ])
    const image = jobOf(workflow, 'image')
    expect(stepWith(image, 'docker build --file deploy/container/Dockerfile')).toBeLessThan(
      stepWith(image, '/health/ready'),
    )
  })
})

describe('deploy', () => {
  const workflow = read('deploy')
  const building = jobOf(workflow, 'package')
  const job = jobOf(workflow, 'deploy')

  it('deploys branch dev to stage dev, main to prod, and no other branch', () => {
    expect(workflow.on).toEqual({ push: { branches: ['dev', 'main'] } })
    const [, map = ''] = /^\$\{\{ fromJSON\('(.+)'\)\[github\.ref_name\] \}\}$/.exec(building.env?.STAGE ?? '') ?? []
    expect(JSON.parse(map)).toEqual({ dev: 'dev', main: 'prod' })
    expect([building.environment, job.environment]).toEqual([building.env?.STAGE, building.env?.STAGE])
    expect(stepWith(building, 'npx osls package --stage "$STAGE"')).toBeGreaterThan(0)
  })

  it('requires the tests to pass', () => {
    expect(jobOf(workflow, 'test').uses).toBe('./.github/workflows/test.yml')
    expect([building.needs, job.needs]).toEqual(['test', 'package'])
  })

  it('reads the parameters before building, since the bundle contains the sites', () => {
    const order = [
      'deploy/aws/parameters.sh',
      'npm ci',
      'npm run build:lambda',
      'npx osls package',
      'actions/upload-artifact',
    ].map((word) => stepWith(building, word))
    expect(order).not.toContain(-1)
    expect(order).toEqual(order.toSorted((a, b) => a - b))
  })

  it('builds without an AWS role, and assumes one only in a job without npm packages', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' })
    expect(building.permissions).toBeUndefined()
    expect(job.permissions).toEqual({ contents: 'read', 'id-token': 'write' })
    expect(commandsOf(job)).toEqual(['sh deploy/aws/deploy.sh build/package'])
    expect(actionsOf(job)).toEqual([
      'actions/checkout',
      'actions/download-artifact',
      'aws-actions/configure-aws-credentials',
    ])
    expect(textOf('deploy')).not.toMatch(/secrets\.|access-key/)
  })

  it('runs once at a time for each stage', () => {
    expect(workflow.concurrency).toEqual({ group: 'deploy-${{ github.ref_name }}', 'cancel-in-progress': false })
  })
})

describe('release', () => {
  const workflow = read('release')
  const image = jobOf(workflow, 'image')

  it('runs for a version tag, and requires the tests and release notes', () => {
    expect(workflow.on).toEqual({ push: { tags: ['v*'] } })
    expect(jobOf(workflow, 'test').uses).toBe('./.github/workflows/test.yml')
    expect(commandsOf(jobOf(workflow, 'notes'))[0]).toContain('deploy/release-notes.sh "$GITHUB_REF_NAME"')
    expect([image.needs, jobOf(workflow, 'release').needs]).toEqual([['test', 'notes'], 'image'])
  })

  it('pushes the image to the registry of the repository, and attests its provenance', () => {
    expect(commandsOf(image)[0]).toContain('image=ghcr.io/${GITHUB_REPOSITORY,,}')
    expect(stepWith(image, 'docker push')).toBeLessThan(stepWith(image, 'actions/attest-build-provenance'))
    const attested = image.steps?.[stepWith(image, 'actions/attest-build-provenance')]?.with
    expect(attested).toEqual({
      'subject-name': '${{ steps.push.outputs.image }}',
      'subject-digest': '${{ steps.push.outputs.digest }}',
      'push-to-registry': true,
    })
  })

  it('publishes release notes and a software bill of materials', () => {
    expect(stepWith(jobOf(workflow, 'notes'), 'npm sbom')).toBeGreaterThan(0)
    expect(commandsOf(jobOf(workflow, 'release'))[0]).toMatch(
      /^gh release create "\$GITHUB_REF_NAME" .*--notes-file notes\.md sbom\.cdx\.json$/,
    )
  })

  it('gives each job minimal permissions, and runs no npm packages in jobs that can write', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' })
    const rights = Object.entries(workflow.jobs).flatMap(([name, { permissions }]) =>
      permissions ? [[name, permissions]] : [],
    )
    expect(Object.fromEntries(rights)).toEqual({
      image: { contents: 'read', packages: 'write', 'id-token': 'write', attestations: 'write' },
      release: { contents: 'write' },
    })
    for (const name of ['image', 'release'])
      expect(commandsOf(jobOf(workflow, name)).join('\n')).not.toMatch(/\bnp[mx] /)
  })
})

describe.each(names)('%s', (name) => {
  const jobs = Object.entries(read(name).jobs).filter(([, { uses }]) => uses === undefined)
  const uses = textOf(name)
    .split('\n')
    .filter((line) => /\buses:/.test(line) && !line.includes('./.github/'))

  it('pins third-party actions to commits, with the version in a comment', () => {
    expect(uses.filter((line) => !/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([])
  })

  it('has a time-out for every job', () => {
    expect(jobs.filter(([, job]) => !((job['timeout-minutes'] ?? 0) > 0)).map(([job]) => job)).toEqual([])
  })

  it('does not persist credentials at checkout', () => {
    const checkouts = jobs.flatMap(([, { steps = [] }]) =>
      steps.filter((step) => step.uses?.startsWith('actions/checkout@')),
    )
    expect(checkouts.filter((step) => step.with?.['persist-credentials'] !== false)).toEqual([])
  })
})

it('all workflows use the same version of each action', () => {
  const pins = new Set(
    names.flatMap((name) => [...textOf(name).matchAll(/uses: ([\w-]+\/[\w-]+@.*)$/gm)].map(([, pin = '']) => pin)),
  )
  const steps = [...pins].map((pin) => pin.replace(/@.*/, ''))
  expect(steps).toHaveLength(new Set(steps).size)
})

it('package.json, the image, the functions and the workflows use the same Node.js version', () => {
  const nodes = (file: string, pattern: RegExp) =>
    [...readFileSync(file, 'utf8').matchAll(pattern)].map(([, version]) => version)
  const everywhere = [
    ...nodes('package.json', /"node": "\^(\d+)\./g),
    ...nodes('deploy/container/Dockerfile', /^FROM node:(\d+)-/gm),
    ...nodes('deploy/aws/serverless.yml', /runtime: nodejs(\d+)\.x/g),
    ...nodes('deploy/aws/bundle.js', /target: 'node(\d+)'/g),
    ...names.flatMap((name) => nodes(`${FOLDER}/${name}.yml`, /node-version: (\d+)/g)),
  ]
  expect(everywhere.length).toBeGreaterThanOrEqual(7)
  expect(new Set(everywhere)).toEqual(new Set(['24']))
})

it('Dependabot updates npm packages, actions and images', () => {
  const { updates } = parse(readFileSync('.github/dependabot.yml', 'utf8')) as {
    updates: { 'package-ecosystem': string }[]
  }
  expect(updates.map((one) => one['package-ecosystem'])).toEqual(['npm', 'github-actions', 'docker'])
})
