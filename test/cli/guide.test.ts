import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { EXIT, EXITS } from '../../src/cli/trouble.ts'
import { COMMANDS } from '../../src/main/commands.ts'

const GUIDE = readFileSync('docs/commands.md', 'utf8')
/** The first two cells of every row. */
const ROWS = [...GUIDE.matchAll(/^\| (.+?) \| (.+?) \|/gm)].map(([, first = '', second = '']) => [first, second] as const)

describe('docs/commands.md', () => {
  it('has every command', () => {
    const named = ROWS.flatMap(([first]) => /^\[`(.+)`\]/.exec(first)?.[1] ?? [])
    expect(new Set(named)).toEqual(new Set(COMMANDS.filter(({ act }) => act).map(({ name }) => name)))
  })

  it.each(Object.values(EXIT))('has exit code %s', (exit) => {
    expect(ROWS.filter(([first]) => first === String(exit))).toHaveLength(1)
  })

  it.each(Object.entries(EXITS))('has error code %s, with what it ends with', (code, exit) => {
    expect(ROWS).toContainEqual([`\`${code}\``, code === 'interrupted' ? '129, 130, 143' : String(exit)])
  })
})
