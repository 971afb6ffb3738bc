import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Resource {
  readonly Type: string
  readonly Condition?: string
  readonly DependsOn?: string | readonly string[]
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
  // oxlint-disable-next-line typescript/no-explicit-any -- the properties differ by resource type
  readonly Properties: any
}
export type Resources = Readonly<Record<string, Resource>>

export interface Packaged {
  /** Whether osls succeeded. */
  readonly done: boolean
  readonly output: string
  /** The path of the template. */
  readonly file: string
}

const OSLS = join('node_modules', 'osls', 'bin', 'serverless.js')
const UNREACHED = 97
/** Ends the process at its first network connection. */
const NO_NETWORK = `require('node:net').Socket.prototype.connect = () => process.exit(${UNREACHED})`

/** Packages copies of deploy/aws with osls, with a dummy artifact, and without credentials or network. */
export function workshop() {
  const folder = mkdtempSync(join(tmpdir(), 'deploy-aws-'))
  const guard = join(folder, 'no-network.cjs')
  writeFileSync(guard, NO_NETWORK)

  /** Runs osls with these variables in the environment, and none of this process. With `sites`, the bundle contains a sites file. */
  function pack(
    name: string,
    stage: string,
    variables: Readonly<Record<string, string>> = {},
    sites = 'SITES_FILE' in variables,
  ): Promise<Packaged> {
    const service = join(folder, name, 'deploy', 'aws')
    cpSync('deploy/aws', service, { recursive: true, filter: (file) => !file.endsWith('.serverless') })
    mkdirSync(join(folder, name, 'build', 'lambda'), { recursive: true })
    writeFileSync(join(folder, name, 'build', 'lambda.zip'), 'no functions')
    if (sites) writeFileSync(join(folder, name, 'build', 'lambda', 'sites.json'), '[]')
    const argv = ['--require', guard, join(process.cwd(), OSLS), 'package', '--stage', stage]
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        argv,
        { cwd: service, env: { HOME: folder, NODE_COMPILE_CACHE: join(folder, 'compiled'), ...variables } },
        (error, stdout, stderr) => {
          const output = error?.code === UNREACHED ? 'connected to the network' : stdout + stderr
          resolve({
            done: error === null,
            output,
            file: join(service, '.serverless', 'cloudformation-template-update-stack.json'),
          })
        },
      )
    })
  }

  return { pack, close: () => rmSync(folder, { recursive: true }) }
}

interface Template {
  readonly Conditions: Readonly<Record<string, unknown>>
  readonly Resources: Resources
}

/** The resources that CloudFormation would create: those whose conditions hold, with each `Fn::If` evaluated. */
export function resourcesOf({ done, output, file }: Packaged): Resources {
  if (!done) throw new Error(output)
  const { Conditions, Resources } = JSON.parse(readFileSync(file, 'utf8')) as Template
  const holds = (term: unknown): boolean => {
    const [[verb, overrides] = ['', []]] = Object.entries(term as Record<string, unknown>)
    const terms = overrides as unknown[]
    if (verb === 'Condition') return holds(Conditions[overrides as string])
    if (verb === 'Fn::Equals') return terms[0] === terms[1]
    if (verb === 'Fn::Not') return !holds(terms[0])
    if (verb === 'Fn::And') return terms.every(holds)
    throw new Error(`${verb} is not a known condition`)
  }
  const decided = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(decided)
    if (typeof value !== 'object' || value === null) return value
    const { 'Fn::If': choice } = value as { 'Fn::If'?: [string, unknown, unknown] }
    if (choice) return decided(holds(Conditions[choice[0]]) ? choice[1] : choice[2])
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, decided(one)]))
  }
  const created = Object.entries(Resources).filter(
    ([, { Condition }]) => Condition === undefined || holds(Conditions[Condition]),
  )
  return decided(Object.fromEntries(created)) as Resources
}
