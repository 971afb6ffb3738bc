import { readFileSync, writeFileSync } from 'node:fs'
import { CreateTableCommand, DeleteTableCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, it, onTestFinished } from 'vitest'
import { EXIT, EXITS } from '../../src/cli/cli-error.ts'
import { COMMANDS } from '../../src/main/commands.ts'
import { tableDefinition } from '../../src/store/dynamodb/items.ts'
import { sharedDynamo } from '../dynamodb.ts'
import { command, folder } from './folder.ts'

const GUIDE = readFileSync('docs/commands.md', 'utf8')
/** The first two cells of every row. */
const ROWS = [...GUIDE.matchAll(/^\| (.+?) \| (.+?) \|/gm)].map(
  ([, first = '', second = '']) => [first, second] as const,
)

/** The commands of the examples, each with its output. */
const EXAMPLES = [...GUIDE.matchAll(/^```console\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map((one) => {
      const end = one.indexOf('\n')
      return { typed: one.slice(0, end), said: one.slice(end + 1) }
    }),
)

describe('docs/commands.md', () => {
  it('has every command', () => {
    const named = ROWS.flatMap(([first]) => /^\[`(.+)`\]/.exec(first)?.[1] ?? [])
    expect(new Set(named)).toEqual(new Set(COMMANDS.filter(({ action }) => action).map(({ name }) => name)))
  })

  it.each(Object.values(EXIT))('has exit code %s', (exit) => {
    expect(ROWS.filter(([first]) => first === String(exit))).toHaveLength(1)
  })

  it.each(Object.entries(EXITS))('has error code %s with its exit code', (code, exit) => {
    expect(ROWS).toContainEqual([`\`${code}\``, code === 'interrupted' ? '129, 130, 143' : String(exit)])
  })

  it('has examples whose output is what the commands print', async () => {
    const dynamo = await sharedDynamo()
    onTestFinished(async () => void (await dynamo.client.send(new DeleteTableCommand({ TableName: 'calendar' }))))
    await dynamo.client.send(new CreateTableCommand(tableDefinition('calendar')))
    const [home, here] = [folder()('.'), process.cwd()]
    process.chdir(home)
    onTestFinished(() => process.chdir(here))
    for (const { typed, said: output } of EXAMPLES) {
      const [, file] = /^cat (\S+)$/.exec(typed) ?? []
      if (file !== undefined) writeFileSync(file, output)
      else expect(await outputOf(typed, dynamo.endpoint), typed).toMatch(patternOf(output))
    }
    expect(EXAMPLES.length).toBeGreaterThan(20)
  })

  it('documents every field of the JSON examples', () => {
    const documents = EXAMPLES.flatMap(({ said: output }) => output.split('\n')).filter((line) =>
      /^\{"(?!event_id|Item)\w+":/.test(line),
    )
    const fields = new Set(documents.flatMap((line) => Object.keys(JSON.parse(line) as object)))
    const reported = ROWS.flatMap(([first]) => [...first.matchAll(/`(\w+)`/g)].map(([, name]) => name))
    expect([...fields].filter((field) => !reported.includes(field) && field !== 'error')).toEqual([])
    expect(fields.size).toBeGreaterThan(10)
  })
})

/** What a command of the examples prints, with `in us-east-1` for the endpoint of DynamoDB Local. */
async function outputOf(typed: string, endpoint: string): Promise<string> {
  const args = typed.split(' ')
  const at = args.indexOf('photonranch-calendar')
  const overrides = Object.fromEntries(args.slice(0, at).map((word) => word.split('=') as [string, string]))
  const environment = overrides['STORE']?.startsWith('dynamodb:')
    ? { ...overrides, DYNAMODB_ENDPOINT: endpoint }
    : overrides
  const { code, out, err } = await command(environment, args.slice(at + 1))
  return `${out}${err}${code === 0 ? '' : `[${code}]\n`}`.replaceAll(`at ${endpoint}`, 'in us-east-1')
}

const patternOf = (output: string) =>
  new RegExp(
    `^${output
      .split('…')
      .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
      .join('[^]*?')}$`,
  )
