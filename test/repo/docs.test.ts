import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ENDPOINTS, ROUTES } from '../../src/http/endpoints/index.ts'
import { SETTINGS } from '../../src/ops/settings.ts'

const HOUSE = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(join(HOUSE, path), 'utf8')

const pages = [
  ...readdirSync(HOUSE).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(HOUSE, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
]

describe('the README', () => {
  const rows = read('README.md').split('\n').filter((line) => /^\| `[A-Z_]+` \|/.test(line))

  it.each(Object.entries(SETTINGS))('tells of the setting %s, with its default and meaning', (name, setting) => {
    const reported: { default?: string; about: string } = setting
    const otherwise = reported.default ? `\`${reported.default}\`` : ''
    expect(rows).toContain(`| \`${name}\` | ${otherwise} | ${reported.about} |`)
  })

  it('tells of no setting that there is not', () => {
    expect(rows).toHaveLength(Object.keys(SETTINGS).length)
  })
})

describe('every endpoint', () => {
  const headings = headingsOf(read('docs/wire.md'))
  const { paths } = JSON.parse(read('openapi.json')) as { paths: Record<string, object> }

  it.each(ENDPOINTS.map(({ name }) => name))('%s is in docs/wire.md and in openapi.json', (name) => {
    expect(headings).toContain(name)
    expect(Object.keys(paths)).toContain(`/${name}`)
  })
})

describe('every route', () => {
  const rows = read('docs/architecture.md').matchAll(/^\| `([\w-]+)` \| `((?:endpoints|pages)\/[\w-]+\.ts)` \|/gm)
  const files = new Map([...rows].map(([, name = '', file = '']) => [name, file]))

  it('is in docs/architecture.md with its file', () => {
    expect([...files.keys()].toSorted()).toEqual(Object.keys(ROUTES).toSorted())
    expect([...files.values()].filter((file) => !existsSync(join(HOUSE, 'src/http', file)))).toEqual([])
  })
})

describe('links', () => {
  it.each(pages)('of %s lead somewhere', (page) => {
    const broken = linksOf(read(page)).filter((link) => !leadsSomewhere(link, page))
    expect(broken).toEqual([])
  })
})

describe('the version', () => {
  it('heads the changelog', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string }
    expect(/^## \[(.+?)\]/m.exec(read('CHANGELOG.md'))?.[1]).toBe(version)
  })
})

describe('what is committed', () => {
  /** Paths that only one machine has, and secrets. Written so that this file holds none of them itself. */
  const FORBIDDEN = [
    /(?<![\w.~:/-])\/(?:home|Users|root|work|workspace|mnt)\/[\w.-]/,
    /(?<!\w)[A-Z]:\\(?:Users|Documents)/,
    /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY/,
    /"kty"[^}]*"d"\s*:|"d"\s*:[^}]*"kty"/,
    /(?<!\w)AKIA[0-9A-Z]{16}(?!\w)/,
    /(?<!\w)gh[pousr]_[A-Za-z0-9]{36}/,
  ]

  it('holds neither paths of a machine nor secrets', () => {
    const files = execFileSync('git', ['ls-files', '-z'], { cwd: HOUSE, encoding: 'utf8' }).split('\0').filter((name) => name !== '')
    const guilty = files.filter((file) => existsSync(join(HOUSE, file)) && FORBIDDEN.some((pattern) => pattern.test(read(file))))
    expect(guilty).toEqual([])
  })
})

describe('the page', () => {
  it('names its colours in one place', () => {
    const dayItems = readdirSync(join(HOUSE, 'web'), { recursive: true, encoding: 'utf8' }).filter((name) => /\.(css|tsx)$/.test(name) && name !== 'theme.css')
    expect(dayItems).not.toEqual([])
    expect(dayItems.filter((name) => /#[0-9a-f]{3,8}\b|\b(?:rgb|hsl)a?\((?!var\()/i.test(read(`web/${name}`)))).toEqual([])
  })
})

/** The texts of a page's headings; what stands in fenced code is none. */
function headingsOf(page: string): string[] {
  return [...withoutCode(page).matchAll(/^#+ (.+)$/gm)].map(([, text]) => (text ?? '').trim())
}

function linksOf(page: string): string[] {
  return [...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target ?? '')
    .filter((target) => !/^[a-z]+:/.test(target))
}

/** A file or folder that is there, and in a page the heading that is named. */
function leadsSomewhere(link: string, page: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? page : join(dirname(page), path)
  if (relative('.', target).startsWith('..') || !existsSync(join(HOUSE, target))) return false
  return anchor === undefined || headingsOf(read(target)).map(anchorOf).includes(anchor)
}

/** As GitHub makes a heading's anchor. */
const anchorOf = (heading: string) => heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-')

const withoutCode = (page: string) => page.replaceAll(/^ *```[\s\S]*?^ *```/gm, '').replaceAll(/`[^`\n]*`/g, (code) => code.slice(1, -1))
