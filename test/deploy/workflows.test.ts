import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

interface Step {
  readonly uses?: string
  readonly run?: string
}
interface Job {
  readonly needs?: string
  readonly uses?: string
  readonly environment?: string
  readonly env?: { readonly STAGE: string }
  readonly permissions?: object
  readonly strategy?: { readonly matrix: { readonly node: number[] } }
  readonly steps?: readonly Step[]
}
interface Workflow {
  readonly on: { readonly push?: { readonly branches?: string[] } } & Readonly<Record<string, unknown>>
  readonly concurrency?: object
  readonly permissions?: object
  readonly jobs: Readonly<Record<string, Job>>
}

const read = (name: string) => parse(readFileSync(`.github/workflows/${name}.yml`, 'utf8')) as Workflow
const jobOf = ({ jobs }: Workflow, name: string) => jobs[name] ?? {}
const commandsOf = ({ steps = [] }: Job) => steps.flatMap(({ run }) => run ?? [])

describe('test', () => {
  const workflow = read('test')
  const job = jobOf(workflow, 'test')

  it('runs for every push and pull request, on each Node.js there is to support', () => {
    expect(Object.keys(workflow.on)).toEqual(['push', 'pull_request', 'workflow_call'])
    expect(workflow.on.push).toEqual({ 'branches-ignore': read('deploy').on.push?.branches })
    expect(job.strategy?.matrix.node).toEqual([20, 22])
  })

  it('installs what is locked, tests, and packages', () => {
    expect(commandsOf(job)).toEqual(['npm ci', 'npm test', 'npm run build:lambda', 'npx osls package --stage prod'])
  })
})

describe('deploy', () => {
  const workflow = read('deploy')
  const job = jobOf(workflow, 'deploy')

  it('brings dev to the stage dev and main to prod, and no other branch anywhere', () => {
    expect(workflow.on).toEqual({ push: { branches: ['dev', 'main'] } })
    const [, map = ''] = /^\$\{\{ fromJSON\('(.+)'\)\[github\.ref_name\] \}\}$/.exec(job.env?.STAGE ?? '') ?? []
    expect(JSON.parse(map)).toEqual({ dev: 'dev', main: 'prod' })
    expect(job.environment).toBe(job.env?.STAGE)
    expect(commandsOf(job)).toContain('npx osls deploy --stage "$STAGE"')
  })

  it('comes after the tests', () => {
    expect(jobOf(workflow, 'test').uses).toBe('./.github/workflows/test.yml')
    expect(job.needs).toBe('test')
  })

  it('takes on a role by identity, with no key kept anywhere, and no right more', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' })
    expect(job.permissions).toEqual({ contents: 'read', 'id-token': 'write' })
    expect(readFileSync('.github/workflows/deploy.yml', 'utf8')).not.toMatch(/secrets\.|access-key/)
  })

  it('never overlaps with another of its stage', () => {
    expect(workflow.concurrency).toEqual({ group: 'deploy-${{ github.ref_name }}', 'cancel-in-progress': false })
  })
})

it('uses other people’s steps by their major version', () => {
  const steps = ['test', 'deploy'].flatMap((name) => Object.values(read(name).jobs).flatMap((job) => job.steps ?? []))
  const used = steps.flatMap(({ uses }) => uses ?? [])
  expect(used.filter((name) => !/^[\w-]+\/[\w-]+@v\d+$/.test(name))).toEqual([])
})
