import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'deploy-'))
  mkdirSync(join(home, 'deploy'))
  return () => rmSync(home, { recursive: true, force: true })
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
