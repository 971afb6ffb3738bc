import { Command } from 'commander'
import { cast, personNamed } from '../demo/cast.ts'
import { readSigningKey } from '../demo/signing-key.ts'
import { demoToken } from '../demo/token.ts'
import { backup } from '../cli/backup.ts'
import { check } from '../cli/check.ts'
import { exportFile } from '../cli/export.ts'
import { importFile } from '../cli/import.ts'
import { rebuild, type Sheets, verify } from '../cli/sheets.ts'
import { describeSettings, doubtsAbout, isDemo, readSettings, type Settings } from '../ops/settings.ts'
import type { Store } from '../store/store.ts'
import { eventCodec } from '../wire/event.ts'
import { type Move, move } from './move.ts'
import { demoKeyFile, fileOf, openStore, storeFile } from './stores.ts'
import { issuerOf, now, version, worldOf } from './wiring.ts'

// What only some commands need, and is large, they load themselves: the others are quick.

// What is made, the store's file and its log, backups and exports, holds people's names: it is its owner's alone.
process.umask(0o077)

const settings = () => readSettings(process.env)
const print = (line: string) => void process.stdout.write(`${line}\n`)

const report = (message: string, facts: object) => void process.stderr.write(`${message} ${JSON.stringify(facts)}\n`)

/** Opens the store that is configured, for as long as `work` takes. Only where it writes may a new one be made. */
async function withStore<T>(work: (store: Store) => Promise<T>, { writes }: { writes: boolean }): Promise<T> {
  const store = await openStore({ settings: settings(), report, create: writes && !settings().STORE_MUST_EXIST })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

async function withSheets<T>(configured: Settings, work: (opened: Sheets) => Promise<T>): Promise<T> {
  const { openSheets } = await import('./dynamo.ts')
  const opened = openSheets(configured, report)
  try {
    return await work(opened)
  } finally {
    opened.close()
  }
}

const verified = (configured: Settings) => withSheets(configured, (opened) => verify(opened, process.stdout))

async function token(options: { as: string; hours: string }): Promise<void> {
  const configured = settings()
  if (!isDemo(configured)) throw new Error('There is a real issuer (AUTH_ISSUER or AUTH_PUBLIC_KEY); only it gives tokens.')
  const person = personNamed(options.as)
  if (!person) throw new Error(`There is no ${options.as}; there are ${cast.map(({ name }) => name).join(', ')}.`)
  const lifetime = Number(options.hours) * 3600
  if (!(lifetime > 0)) throw new Error('--hours takes a number above 0.')
  const key = await readSigningKey(demoKeyFile(configured))
  if (!key) throw new Error(`${demoKeyFile(configured)} is not there: the server makes that key when it starts.`)
  const issuer = issuerOf(configured, configured.PORT) ?? ''
  const { AUTH_AUDIENCE: audience, AUTH_ROLES_CLAIM: rolesClaim } = configured
  print(await demoToken(person, { issuer, audience, key, rolesClaim, now: now(), lifetime }))
}

const program = new Command('photonranch-calendar')
  .description('The reservation calendar of a network of robotic telescopes.')
  .version(version)

program.command('serve').description('serve the calendar').action(async () => (await import('./serve.ts')).serve(settings(), doubtsAbout(process.env)))
program
  .command('config')
  .description('print the settings in force, secrets masked')
  .action(() => {
    settings()
    for (const line of describeSettings(process.env)) print(line)
    for (const doubt of doubtsAbout(process.env)) process.stderr.write(`${doubt}\n`)
  })
program
  .command('token')
  .description('print a token of the demo issuer, for curl')
  .requiredOption('--as <name>', `whose: ${cast.map(({ name }) => name).join(', ')}`)
  .option('--hours <n>', 'how long it holds', '12')
  .action(token)
program
  .command('import <file>')
  .description('bring in reservations from a DynamoDB export (JSON lines, .gz too)')
  .action(async (file: string) => {
    const report = await withStore((store) => importFile(file, worldOf(settings(), store), process.stdout), { writes: true })
    if (report.unreadable) process.exitCode = 1
  })
program
  .command('export <file>')
  .description('write every reservation as JSON lines, as a DynamoDB export has them (.gz too)')
  .action(async (file: string) => {
    await withStore((store) => exportFile(file, store, process.stdout), { writes: false })
  })
program
  .command('migrate')
  .description('copy everything into another store, and compare the two; nobody may write to either meanwhile')
  .requiredOption('--from <store>', 'sqlite:FILE or dynamodb:TABLE')
  .requiredOption('--to <store>', 'the same; it holds nothing, or what a move that broke off has brought there')
  .option('--dry-run', 'only count what there is to copy')
  .action(async (wanted: Move) => {
    if (!(await move(wanted, { settings: settings(), report }, process.stdout))) process.exitCode = 1
  })
program
  .command('backup <file>')
  .description('copy the store, while the server goes on')
  .action(async (file: string) => {
    const { bytes, reservations } = await backup(storeFile(settings()), file)
    print(`${reservations} reservations, ${bytes} bytes in ${file}`)
  })
program
  .command('check')
  .description('look through the store for anything that is not as it should be')
  .action(async () => {
    const configured = settings()
    const file = fileOf(configured.STORE)
    const problems = file === undefined ? await verified(configured) : check(file, eventCodec, process.stdout).problems
    if (problems > 0) process.exitCode = 1
  })

const sheets = program.command('sheets').description('the sheets of a DynamoDB table, which say what stands')
sheets
  .command('rebuild')
  .description('make them out of the rows: once for a table of the original, and after the original has written to it')
  .action(async () => {
    await withSheets(settings(), (opened) => rebuild(opened, process.stdout))
  })
sheets
  .command('verify')
  .description('look the table over while it is used')
  .action(async () => {
    if ((await verified(settings())) > 0) process.exitCode = 1
  })

try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}
