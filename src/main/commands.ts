import { cast } from '../demo/cast.ts'
import { type Act, backUp, bringIn, config, fillWithDemoData, lookOver, moveStore, rebuildTable, serveIt, token, verifyTable, writeOut } from './acts.ts'

interface Option {
  readonly flags: string
  readonly what: string
  readonly required?: true
  readonly otherwise?: string
}

export interface Command {
  /** Of a group and its command, both. */
  readonly name: string
  readonly about: string
  readonly args?: readonly (readonly [name: string, what: string])[]
  readonly options?: readonly Option[]
  readonly example?: string
  /** Undefined for a group. */
  readonly act?: Act
}

const HOLDS_NOBODY_UP = 'while the server goes on'

/** Every command there is. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'serve',
    about: 'serve the calendar until told to stop',
    example: 'PORT=8080 photonranch-calendar serve',
    act: serveIt,
  },
  { name: 'config', about: 'print the settings in force, secrets masked', example: 'photonranch-calendar config', act: config },
  {
    name: 'token',
    about: 'print a token of the demo issuer, for curl',
    options: [
      { flags: '--as <name>', what: `whose: ${cast.map(({ name }) => name).join(', ')}`, required: true },
      { flags: '--hours <n>', what: 'how long it holds', otherwise: '12' },
    ],
    example: 'curl -H "Authorization: Bearer $(photonranch-calendar token --as ada)" http://127.0.0.1:8000/dev/me',
    act: token,
  },
  {
    name: 'demo-data',
    about: 'fill an empty calendar with a lively fortnight around tonight, to try things out',
    options: [{ flags: '--add', what: 'also one that has reservations, between them; none is touched' }],
    example: 'STORE=sqlite:demo.db photonranch-calendar demo-data',
    act: fillWithDemoData,
  },
  {
    name: 'import',
    about: "bring in reservations from an export of DynamoDB or one of ours: JSON lines",
    args: [['file', 'the file (gzip too), the folder of an export that DynamoDB has made, or - for standard input']],
    options: [{ flags: '--dry-run', what: 'only tell what it would do' }],
    example: 'photonranch-calendar import --dry-run export.json.gz',
    act: bringIn,
  },
  {
    name: 'export',
    about: `write every reservation as JSON lines, as a DynamoDB export has them, ${HOLDS_NOBODY_UP}`,
    args: [['file', 'the file, compressed where its name ends in .gz, or - for standard output']],
    options: [{ flags: '--force', what: 'replace a file of that name' }],
    example: 'photonranch-calendar export reservations.jsonl.gz',
    act: writeOut,
  },
  {
    name: 'migrate',
    about: 'copy everything into another store, and compare the two; nobody may write to either meanwhile',
    options: [
      { flags: '--from <store>', what: 'sqlite:FILE or dynamodb:TABLE', required: true },
      { flags: '--to <store>', what: 'the same; it holds nothing, or what a move that broke off has brought there', required: true },
      { flags: '--dry-run', what: 'only count what there is to copy' },
    ],
    example: 'photonranch-calendar migrate --from sqlite:data/calendar.db --to dynamodb:calendar',
    act: moveStore,
  },
  {
    name: 'backup',
    about: `copy the store's file, ${HOLDS_NOBODY_UP}`,
    args: [['file', 'the copy']],
    options: [{ flags: '--force', what: 'replace a file of that name' }],
    example: 'photonranch-calendar backup calendar-before-the-upgrade.db',
    act: backUp,
  },
  {
    name: 'check',
    about: `look through the store for anything that is not as it should be, ${HOLDS_NOBODY_UP}`,
    example: 'STORE=sqlite:backup.db photonranch-calendar check',
    act: lookOver,
  },
  { name: 'sheets', about: 'the sheets of a DynamoDB table, which say what stands' },
  {
    name: 'sheets rebuild',
    about: 'make them out of the rows: once for a table of the original, and after the original has written to it',
    example: 'STORE=dynamodb:calendar photonranch-calendar sheets rebuild',
    act: rebuildTable,
  },
  {
    name: 'sheets verify',
    about: 'look the table over while it is used',
    example: 'STORE=dynamodb:calendar photonranch-calendar sheets verify',
    act: verifyTable,
  },
]
