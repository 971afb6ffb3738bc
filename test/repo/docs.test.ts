import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ENDPOINTS, ROUTES } from '../../src/http/endpoints/index.ts'
import { SETTINGS } from '../../src/ops/settings.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

const pages = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
]

describe('the README', () => {
  const rows = read('README.md')
    .split('\n')
    .filter((line) => /^\| `[A-Z_]+` \|/.test(line))

  it.each(Object.entries(SETTINGS))('lists the setting %s, with its default and meaning', (name, setting) => {
    const { default: defaultText, about }: { default?: string; about: string } = setting
    const cell = defaultText ? `\`${defaultText}\`` : ''
    expect(rows).toContain(`| \`${name}\` | ${cell} | ${about} |`)
  })

  it('lists no other setting', () => {
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
    expect([...files.values()].filter((file) => !existsSync(join(ROOT, 'src/http', file)))).toEqual([])
  })
})

describe('links', () => {
  it.each(pages)('of %s have targets', (page) => {
    const broken = linksOf(read(page)).filter((link) => !hasTarget(link, page))
    expect(broken).toEqual([])
  })
})

describe('each decision', () => {
  const index = read('docs/decisions/README.md')

  it.each(pages.filter((page) => /decisions\/\d{4}-/.test(page)))(
    '%s has a status and a date, and its row in the list',
    (page) => {
      const [, number = '', title = ''] = /^# (\d{4}): (.+)$/m.exec(read(page)) ?? []
      const [, status = '', date = ''] =
        /^- Status: (accepted|superseded by \d{4})\n- Date: (\d{4}-\d\d-\d\d)$/m.exec(read(page)) ?? []
      expect(index).toContain(`| [${number}](${page.slice('docs/decisions/'.length)}) ${title} | ${date} | ${status}`)
    },
  )
})

describe('the version', () => {
  it('heads the changelog', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string }
    expect(/^## \[(.+?)\]/m.exec(read('CHANGELOG.md'))?.[1]).toBe(version)
  })
})

describe('the repository', () => {
  /** Paths of one machine, and secrets. The patterns do not match themselves. */
  const FORBIDDEN = [
    /(?<![\w.~:/-])\/(?:home|Users|root|work|workspace|mnt)\/[\w.-]/,
    /(?<!\w)[A-Z]:\\(?:Users|Documents)/,
    /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY/,
    /"kty"[^}]*"d"\s*:|"d"\s*:[^}]*"kty"/,
    /(?<!\w)AKIA[0-9A-Z]{16}(?!\w)/,
    /(?<!\w)gh[pousr]_[A-Za-z0-9]{36}/,
  ]

  it('contains neither paths of one machine nor secrets', () => {
    const files = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
      .split('\0')
      .filter((name) => name !== '')
    const offenders = files.filter(
      (file) => existsSync(join(ROOT, file)) && FORBIDDEN.some((pattern) => pattern.test(read(file))),
    )
    expect(offenders).toEqual([])
  })
})

describe('the page', () => {
  it('names colours only in theme.css', () => {
    const styled = readdirSync(join(ROOT, 'web'), { recursive: true, encoding: 'utf8' }).filter(
      (name) => /\.(css|tsx)$/.test(name) && name !== 'theme.css',
    )
    expect(styled).not.toEqual([])
    expect(styled.filter((name) => /#[0-9a-f]{3,8}\b|\b(?:rgb|hsl)a?\((?!var\()/i.test(read(`web/${name}`)))).toEqual(
      [],
    )
  })
})

/** The texts of a page's headings, without fenced code. */
function headingsOf(page: string): string[] {
  return [...withoutCode(page).matchAll(/^#+ (.+)$/gm)].map(([, text]) => (text ?? '').trim())
}

function linksOf(page: string): string[] {
  return [...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target ?? '')
    .filter((target) => !/^[a-z]+:/.test(target))
}

/** Whether a link names an existing file or folder, and an existing heading if it has an anchor. */
function hasTarget(link: string, page: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? page : join(dirname(page), path)
  if (relative('.', target).startsWith('..') || !existsSync(join(ROOT, target))) return false
  return anchor === undefined || headingsOf(read(target)).map(anchorOf).includes(anchor)
}

/** A heading's anchor, as GitHub makes it. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

const withoutCode = (page: string) =>
  page.replaceAll(/^ *```[\s\S]*?^ *```/gm, '').replaceAll(/`[^`\n]*`/g, (code) => code.slice(1, -1))
