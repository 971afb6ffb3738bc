import { backup } from '../cli/backup.ts'
import { check } from '../cli/check.ts'
import { assertEmpty, makeDemoData, outcomeOfDemoData } from '../cli/demo-data.ts'
import { explainErrors } from '../cli/explain-error.ts'
import { exportFile, exportTo } from '../cli/export.ts'
import { reportFindings } from '../cli/report-findings.ts'
import { outcomeOf } from '../cli/import-report.ts'
import { plural } from '../domain/text.ts'
import { importRows } from '../cli/import.ts'
import { type CommandResult, STDIO } from '../cli/outcome.ts'
import { readRows } from '../cli/export-lines.ts'
import { rebuild, type DayIndex, verify } from '../cli/day-index.ts'
import { interruptedError, CliError } from '../cli/cli-error.ts'
import { demoUsers, userNamed } from '../demo/users.ts'
import { readSigningKey } from '../demo/signing-key.ts'
import { demoToken } from '../demo/token.ts'
import { describeSettings, settingsWarnings, isDemo, readSettings, type Settings, settingsIn } from '../ops/settings.ts'
import type { Store } from '../store/port.ts'
import { eventCodec } from '../wire/event.ts'
import { writeTime } from '../wire/time.ts'
import { type Io, reportTo } from './io.ts'
import { type MigrateArguments, migrateStores } from './migrate.ts'
import { openDryRun } from './dry-run.ts'
import { displayNameOf, demoKey, demoKeyFile, fileOf, openStore, openReadOnly, storeFile } from './stores.ts'
import { issuerOf, now, contextOf } from './wiring.ts'

/** The parsed command line of one command. */
export interface Invocation {
  readonly args: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
  readonly json: boolean
}

/** Runs a command. It returns no result if it has nothing to report. */
export type Action = (invocation: Invocation, io: Io) => Promise<CommandResult | undefined>

export function configAction(_: Invocation, { environment, err }: Io): Promise<CommandResult> {
  readSettings(environment)
  for (const warning of settingsWarnings(environment)) err.write(`${warning}\n`)
  return Promise.resolve({
    report: { settings: settingsIn(environment) },
    text: `${describeSettings(environment).join('\n')}\n`,
  })
}

export async function tokenAction({ options }: Invocation, { environment }: Io): Promise<CommandResult> {
  const { as, hours } = options as { as: string; hours: string }
  const settings = readSettings(environment)
  if (!isDemo(settings))
    throw new CliError(
      'settings',
      'There is a real issuer (AUTH_ISSUER or AUTH_PUBLIC_KEY), and only that issues tokens.',
    )
  const user = userNamed(as)
  if (!user)
    throw new CliError('usage', `There is no ${as}; there are ${demoUsers.map(({ name }) => name).join(', ')}.`)
  const lifetime = Number(hours) * 3600
  if (!(lifetime > 0 && lifetime < Infinity))
    throw new CliError('usage', `--hours takes a number above 0, and ${hours} is none.`)
  const key = await demoKey(settings, readSigningKey)
  if (!key)
    throw new CliError('not_there', `${demoKeyFile(settings)} is not there: the server makes that key when it starts.`)
  const { AUTH_AUDIENCE: audience, AUTH_ROLES_CLAIM: rolesClaim } = settings
  const issuedAt = now()
  const text = await demoToken(user, {
    issuer: issuerOf(settings, settings.PORT) ?? '',
    audience,
    key,
    rolesClaim,
    now: issuedAt,
    lifetime,
  })
  return { report: { token: text, as, expires: writeTime(Math.floor(issuedAt + lifetime)) }, text: `${text}\n` }
}

export async function importAction({ args: [file = ''], options }: Invocation, io: Io): Promise<CommandResult> {
  const settings = readSettings(io.environment)
  const dryRun = options['dryRun'] === true
  const displayName = displayNameOf(settings, settings.STORE)
  const rows = await readRows(file, io.input)
  const signal = io.interruption()
  let store: Store | undefined
  const open = async () => {
    store = await explainErrors(displayName, () => openToImport(settings, dryRun, io, signal))
    return contextOf(settings, store)
  }
  try {
    return outcomeOf(
      await importRows(rows, {
        file: file === STDIO ? 'standard input' : file,
        store: displayName,
        open,
        dryRun,
        signal,
      }),
    )
  } finally {
    await store?.close()
  }
}

/** Creates the file if it does not exist, unless the settings require it to. */
function openToImport(settings: Settings, dryRun: boolean, io: Io, signal: AbortSignal): Promise<Store> {
  const report = reportTo(io)
  const notify = (verb: string) => () =>
    void io.err.write(`${settings.STORE} is not there: a new calendar ${verb} created.\n`)
  if (dryRun) return openDryRun({ settings, report, onNew: notify('would be'), signal })
  return openStore({ settings, report, create: !settings.STORE_MUST_EXIST, onNew: notify('is') })
}

/** Refuses to add demo data to a calendar with a real issuer. */
export async function fillWithDemoData({ options }: Invocation, io: Io): Promise<CommandResult> {
  const settings = readSettings(io.environment)
  if (!isDemo(settings))
    throw new CliError(
      'settings',
      'There is a real issuer (AUTH_ISSUER or AUTH_PUBLIC_KEY), and demo data is for a demo alone.',
    )
  const displayName = displayNameOf(settings, settings.STORE)
  const signal = io.interruption()
  const store = await explainErrors(displayName, () => openToImport(settings, false, io, signal))
  try {
    const context = contextOf(settings, store)
    return await explainErrors(displayName, async () => {
      if (options['add'] !== true) await assertEmpty(context, displayName)
      return outcomeOfDemoData(await makeDemoData(context, signal), displayName)
    })
  } finally {
    await store.close()
  }
}

export async function exportAction({ args: [file = ''], options, json }: Invocation, io: Io): Promise<CommandResult> {
  if (json && file === STDIO) throw new CliError('usage', 'Both --json and - want standard output: name a file.')
  const settings = readSettings(io.environment)
  const displayName = displayNameOf(settings, settings.STORE)
  const store = await openReadOnly({ settings, report: reportTo(io) })
  const signal = io.interruption()
  try {
    const write = () =>
      file === STDIO
        ? exportTo(io.out, store, signal)
        : exportFile(file, store, { force: options['force'] === true, signal })
    const reservations = await explainErrors(displayName, write)
    const text = `${plural(reservations, 'reservation')} written to ${file === STDIO ? 'standard output' : file}\n`
    return { report: { store: displayName, file, reservations }, text, toStderr: file === STDIO }
  } finally {
    await store.close()
  }
}

export async function backupAction({ args: [file = ''], options }: Invocation, io: Io): Promise<CommandResult> {
  const settings = readSettings(io.environment)
  const source = storeFile(settings)
  const { bytes, reservations } = await explainErrors(settings.STORE, () =>
    backup(source, file, { force: options['force'] === true, signal: io.interruption() }),
  )
  const details = { store: settings.STORE, file, bytes, reservations }
  return { report: details, text: `${plural(reservations, 'reservation')}, ${plural(bytes, 'byte')} in ${file}\n` }
}

export const verifyAction: Action = ({ json }, io) =>
  withDayIndex(io, (index, displayName) =>
    verify(index, (findings) => reportFindings(displayName, findings, json ? undefined : io.out)),
  )

export const rebuildAction: Action = (_, io) =>
  withDayIndex(io, (index, displayName) => {
    const details = 'The day index is incomplete: the calendar is read-only until the same command has completed.'
    return unlessInterrupted(rebuild(displayName, index), io.interruption(), details)
  })

export const checkAction: Action = async (invocation, io) => {
  const { STORE } = readSettings(io.environment)
  const file = fileOf(STORE)
  if (file === undefined) return verifyAction(invocation, io)
  return explainErrors(STORE, () =>
    reportFindings(STORE, check(file, eventCodec), invocation.json ? undefined : io.out),
  )
}

export const migrateAction: Action = ({ options }, io) => {
  const { from, to, dryRun } = options as unknown as MigrateArguments
  return migrateStores(
    { from, to, dryRun: dryRun === true },
    { settings: readSettings(io.environment), report: reportTo(io) },
    io.interruption(),
  )
}

async function withDayIndex(
  io: Io,
  work: (index: DayIndex, displayName: string) => Promise<CommandResult>,
): Promise<CommandResult> {
  const settings = readSettings(io.environment)
  const { openDayIndexFor } = await import('./dynamo.ts')
  const opened = openDayIndexFor(settings, reportTo(io))
  const displayName = displayNameOf(settings, settings.STORE)
  try {
    return await explainErrors(displayName, () => work(opened, displayName))
  } finally {
    opened.close()
  }
}

/** Resolves as `work` does, or rejects when the signal aborts. @param details a sentence on what was not done */
function unlessInterrupted<T>(work: Promise<T>, signal: AbortSignal, details: string): Promise<T> {
  const interrupted = new Promise<never>((_, reject) => {
    const stop = () => reject(interruptedError(signal, details))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  return Promise.race([work, interrupted])
}
