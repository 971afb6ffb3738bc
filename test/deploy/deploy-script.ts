import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Packaged } from './package.ts'

/** Declares the tests of deploy.sh. @param packaged the package of stage prod, when the tests run */
export function describeDeployScript(packaged: () => Packaged): void {
  const health = createServer((_, response) => response.end('"well"'))
  let home: string
  let folder: string
  let place: string
  beforeAll(async () => {
    folder = dirname(packaged().file)
    writeFileSync(join(folder, 'lambda.zip'), 'functions')
    place = (
      JSON.parse(readFileSync(join(folder, 'serverless-state.json'), 'utf8')) as {
        package: { artifactDirectoryName: string }
      }
    ).package.artifactDirectoryName
    await once(health.listen(0, '127.0.0.1'), 'listening')
  })
  afterAll(() => void health.close())
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'aws-'))
    mkdirSync(join(home, 'bin'))
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
    const calls = readFileSync(join(home, 'calls'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as string[]).slice(0, 2).join(' '))
    return { code, out, calls }
  }

  it('creates a stack with its bucket first, then the rest, and checks that it answers', async () => {
    const { code, out, calls } = await deploy()
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('"well"') as string })
    expect(calls.indexOf('cloudformation create-stack')).toBeLessThan(calls.indexOf('s3 cp'))
    expect(calls.lastIndexOf('s3 cp')).toBeLessThan(calls.indexOf('cloudformation deploy'))
    // The stack of prod is protected from deletion.
    expect(calls).toContain('cloudformation update-termination-protection')
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
    const { code, calls } = await deploy()
    expect([code, calls.includes('cloudformation create-stack')]).toEqual([0, false])
  })

  it('changes nothing if it cannot read the state of the stack', async () => {
    writeFileSync(join(home, 'stack'), 'an older one')
    const { code, calls } = await deploy({ BLIND: '1' })
    expect(code).not.toBe(0)
    expect(calls).toEqual(['cloudformation describe-stack-resource', 'cloudformation create-stack'])
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
}
