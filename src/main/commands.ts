import { demoUsers } from '../demo/users.ts'
import { type Action, backupAction, importAction, configAction, fillWithDemoData, checkAction, migrateAction, rebuildAction, serveAction, tokenAction, verifyAction, exportAction } from './actions.ts'

interface Option {
  readonly flags: string
  readonly description: string
  readonly required?: true
  readonly defaultValue?: string
}

export interface Command {
  /** Of a group and its command, both. */
  readonly name: string
  readonly summary: string
  readonly args?: readonly (readonly [name: string, what: string])[]
  readonly options?: readonly Option[]
  readonly example?: string
  /** Undefined for a group. */
  readonly action?: Action
}

const RUNS_BESIDE_SERVER = 'while the server goes on'

/** Every command there is. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'serve',
    summary: 'serve the calendar until told to stop',
    example: 'PORT=8080 photonranch-calendar serve',
    action: serveAction,
  },
  { name: 'config', summary: 'print the settings in force, secrets masked', example: 'photonranch-calendar config', action: configAction },
  {
    name: 'token',
    summary: 'print a token of the demo issuer, for curl',
    options: [
      { flags: '--as <name>', description: `whose: ${demoUsers.map(({ name }) => name).join(', ')}`, required: true },
      { flags: '--hours <n>', description: 'how long it holds', defaultValue: '12' },
    ],
    example: 'curl -H "Authorization: Bearer $(photonranch-calendar token --as ada)" http://127.0.0.1:8000/dev/me',
    action: tokenAction,
  },
  {
    name: 'demo-data',
    summary: 'fill an empty calendar with a lively fortnight around tonight, to try things out',
    options: [{ flags: '--add', description: 'also one that has reservations, between them; none is touched' }],
    example: 'STORE=sqlite:demo.db photonranch-calendar demo-data',
    action: fillWithDemoData,
  },
  {
    name: 'import',
    summary: "bring in reservations from an export of DynamoDB or one of ours: JSON lines",
    args: [['file', 'the file (gzip too), the folder of an export that DynamoDB has made, or - for standard input']],
    options: [{ flags: '--dry-run', description: 'only tell what it would do' }],
    example: 'photonranch-calendar import --dry-run export.json.gz',
    action: importAction,
  },
  {
    name: 'export',
    summary: `write every reservation as JSON lines, as a DynamoDB export has them, ${RUNS_BESIDE_SERVER}`,
    args: [['file', 'the file, compressed where its name ends in .gz, or - for standard output']],
    options: [{ flags: '--force', description: 'replace a file of that name' }],
    example: 'photonranch-calendar export reservations.jsonl.gz',
    action: exportAction,
  },
  {
    name: 'migrate',
    summary: 'copy everything into another store, and compare the two; nobody may write to either meanwhile',
    options: [
      { flags: '--from <store>', description: 'sqlite:FILE or dynamodb:TABLE', required: true },
      { flags: '--to <store>', description: 'the same; it holds nothing, or what a move that broke off has brought there', required: true },
      { flags: '--dry-run', description: 'only count what there is to copy' },
    ],
    example: 'photonranch-calendar migrate --from sqlite:data/calendar.db --to dynamodb:calendar',
    action: migrateAction,
  },
  {
    name: 'backup',
    summary: `copy the store's file, ${RUNS_BESIDE_SERVER}`,
    args: [['file', 'the copy']],
    options: [{ flags: '--force', description: 'replace a file of that name' }],
    example: 'photonranch-calendar backup calendar-before-the-upgrade.db',
    action: backupAction,
  },
  {
    name: 'check',
    summary: `look through the store for anything that is not as it should be, ${RUNS_BESIDE_SERVER}`,
    example: 'STORE=sqlite:backup.db photonranch-calendar check',
    action: checkAction,
  },
  { name: 'day-index', summary: 'the day items of a DynamoDB table, which say what stands' },
  {
    name: 'day-index rebuild',
    summary: 'make them out of the rows: once for a table of the original, and after the original has written to it',
    example: 'STORE=dynamodb:calendar photonranch-calendar day-index rebuild',
    action: rebuildAction,
  },
  {
    name: 'day-index verify',
    summary: 'look the table over while it is used',
    example: 'STORE=dynamodb:calendar photonranch-calendar day-index verify',
    action: verifyAction,
  },
]
