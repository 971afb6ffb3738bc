import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { workshop } from './package.ts'

const { pack, close } = workshop()
const health = createServer((_, response) => response.end('"well"'))
let home: string
let folder: string
let place: string
beforeAll(async () => {
  const { done, said: output, file } = await pack('prod', 'prod')
  if (!done) throw new Error(output)
  folder = dirname(file)
  writeFileSync(join(folder, 'lambda.zip'), 'functions')
  place = (
    JSON.parse(readFileSync(join(folder, 'serverless-state.json'), 'utf8')) as {
      package: { artifactDirectoryName: string }
    }
  ).package.artifactDirectoryName
  await once(health.listen(0, '127.0.0.1'), 'listening')
}, 240_000)
afterAll(() => {
  health.close()
  close()
})
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'aws-'))
  for (const name of ['bin', 'deploy']) mkdirSync(join(home, name))
  writeFileSync(
    join(home, 'bin', 'aws'),
    `#!/bin/sh\nexec ${process.execPath} ${process.cwd()}/test/deploy/aws-stand-in.js "$@"\n`,
    { mode: 0o700 },
  )
  return () => rmSync(home, { recursive: true, force: true })
})

async function deploy(more: Record<string, string> = {}) {
  const address = `http://127.0.0.1:${(health.address() as AddressInfo).port}/prod`
  const env = { PATH: `${join(home, 'bin')}:${process.env['PATH']}`, AWS: home, ADDRESS: address, ...more }
  const child = spawn('sh', ['deploy/aws/deploy.sh', folder], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (out += data))
  const [code] = (await once(child, 'close')) as [number | null]
  const output = readFileSync(join(home, 'said'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as string[]).slice(0, 2).join(' '))
  return { code, out, said: output }
}

describe('deploy.sh', () => {
  it('creates a stack with its bucket first, then the rest, and checks that it answers', async () => {
    const { code, out, said: output } = await deploy()
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('"well"') as string })
    expect(output.indexOf('cloudformation create-stack')).toBeLessThan(output.indexOf('s3 cp'))
    expect(output.lastIndexOf('s3 cp')).toBeLessThan(output.indexOf('cloudformation deploy'))
    // The stack of prod is protected from deletion.
    expect(output).toContain('cloudformation update-termination-protection')
    expect(readFileSync(join(home, 'stack'), 'utf8')).toBe(join(folder, 'cloudformation-template-update-stack.json'))
  })

  it('uploads the functions where the template expects them, with everything that a rollback needs', async () => {
    await deploy()
    const template = readFileSync(join(folder, 'cloudformation-template-update-stack.json'), 'utf8')
    const keys = new Set([...template.matchAll(/"S3Key": ?"([^"]+)"/g)].map(([, key = '']) => key))
    expect([...keys]).toEqual([`${place}/lambda.zip`])
    expect(readFileSync(join(home, 'bucket', place, 'lambda.zip'), 'utf8')).toBe('functions')
    expect(readdirSync(join(home, 'bucket', place)).toSorted()).toEqual([
      'compiled-cloudformation-template.json',
      'lambda.zip',
      'serverless-state.json',
    ])
  })

  it('updates a stack that exists, and never creates it again', async () => {
    writeFileSync(join(home, 'stack'), 'an older one')
    const { code, said: output } = await deploy()
    expect([code, output.includes('cloudformation create-stack')]).toEqual([0, false])
  })

  it('changes nothing if it cannot read the state of the stack', async () => {
    writeFileSync(join(home, 'stack'), 'an older one')
    const { code, said: output } = await deploy({ BLIND: '1' })
    expect(code).not.toBe(0)
    expect(output).toEqual(['cloudformation describe-stack-resource', 'cloudformation create-stack'])
    expect([readFileSync(join(home, 'stack'), 'utf8'), existsSync(join(home, 'bucket'))]).toEqual([
      'an older one',
      false,
    ])
  })

  it('keeps the last five packages for rollbacks', async () => {
    writeFileSync(join(home, 'stack'), 'an older one')
    const older = Array.from({ length: 7 }, (_, n) => `160000000000${n}-2020`)
    for (const name of older) {
      const old = join(home, 'bucket', dirname(place), name)
      mkdirSync(old, { recursive: true })
      cpSync(join(folder, 'lambda.zip'), join(old, 'lambda.zip'))
    }
    await deploy()
    expect(readdirSync(join(home, 'bucket', dirname(place)))).toEqual([
      ...older.slice(-4),
      place.slice(dirname(place).length + 1),
    ])
  })
})

describe('release-notes.sh', () => {
  const notesOf = (tag: string) => {
    for (const path of ['deploy/release-notes.sh', 'package.json', 'CHANGELOG.md']) cpSync(path, join(home, path))
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    const changelog = readFileSync('CHANGELOG.md', 'utf8').replace(
      `## [${version}] - unreleased`,
      `## [${version}] - 2030-06-20`,
    )
    const release = (text = changelog) => {
      writeFileSync(join(home, 'CHANGELOG.md'), `${text}\n## [0.0.1] - 2020-01-01\n\n- The first of all.\n`)
      return spawnSync('sh', [join(home, 'deploy/release-notes.sh'), tag.replace('VERSION', version)], {
        encoding: 'utf8',
      })
    }
    return { release, version, changelog }
  }

  it('prints the section of one version of the changelog', () => {
    const { status, stdout } = notesOf('vVERSION').release()
    expect([status, stdout]).toEqual([0, expect.stringContaining('### Added') as string])
    expect(stdout).not.toMatch(/^## |The first of all/m)
  })

  it('rejects a tag that is not the version, and a version without a date', () => {
    expect(notesOf('v0.0.1').release()).toMatchObject({ status: 1, stdout: '' })
    const { release, changelog } = notesOf('vVERSION')
    expect(release(changelog.replace('2030-06-20', 'unreleased'))).toMatchObject({ status: 1, stdout: '' })
  })
})

describe('parameters.sh', () => {
  const parametersOf = (variables: object) =>
    spawnSync('sh', ['deploy/aws/parameters.sh'], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', VARIABLES: JSON.stringify(variables) },
    })

  it('prints the parameters of a deployment, and nothing else', () => {
    const { status, stdout } = parametersOf({
      AUTH_ISSUER: 'https://issuer.example.org/',
      SITES_FILE: 'sites.json',
      AWS_ROLE_ARN: 'arn',
      NODE_OPTIONS: '--inspect',
      PATH: '/',
    })
    expect([status, stdout]).toEqual([0, 'AUTH_ISSUER=https://issuer.example.org/\nSITES_FILE=sites.json\n'])
  })

  it('rejects a value of more than one line', () => {
    const { status, stderr } = parametersOf({ AUTH_ISSUER: 'https://issuer.example.org/\nNODE_OPTIONS=--inspect' })
    expect(status).not.toBe(0)
    expect(stderr).toContain('AUTH_ISSUER must be one line')
  })
})
