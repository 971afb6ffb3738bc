import { backup } from '../cli/backup.ts'
import { check } from '../cli/check.ts'
import { assertEmpty, makeDemoData, outcomeOfDemoData } from '../cli/demo-data.ts'
import { about } from '../cli/explain.ts'
import { exportFile, exportTo } from '../cli/export.ts'
import { gather } from '../cli/findings.ts'
import { counted, outcomeOf } from '../cli/import-report.ts'
import { importRows } from '../cli/import.ts'
import { type Outcome, STANDARD } from '../cli/outcome.ts'
import { readRows } from '../cli/rows.ts'
import { rebuild, type Sheets, verify } from '../cli/sheets.ts'
import { interruption, Trouble } from '../cli/trouble.ts'
import { cast, personNamed } from '../demo/cast.ts'
import { readSigningKey } from '../demo/signing-key.ts'
import { demoToken } from '../demo/token.ts'
import { describeSettings, doubtsAbout, isDemo, readSettings, type Settings, settingsIn } from '../ops/settings.ts'
import type { Store } from '../store/store.ts'
import { eventCodec } from '../wire/event.ts'
import { writeTime } from '../wire/time.ts'
import type { Io } from './io.ts'
import { type Move, move } from './move.ts'
import { openRehearsal } from './rehearse.ts'
import { calledBy, demoKey, demoKeyFile, fileOf, openStore, openToRead, storeFile } from './stores.ts'
import { issuerOf, now, worldOf } from './wiring.ts'

/** What a command is told on its line. */
export interface Told {
  readonly words: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
  readonly json: boolean
}

export type Act = (told: Told, io: Io) => Promise<Outcome | undefined>

const reportTo = ({ err }: Io) => (message: string, facts: object) => void err.write(`${message} ${JSON.stringify(facts)}\n`)

export function config(_: Told, { environment, err }: Io): Promise<Outcome> {
  readSettings(environment)
  for (const doubt of doubtsAbout(environment)) err.write(`${doubt}\n`)
  return Promise.resolve({ facts: { settings: settingsIn(environment) }, text: `${describeSettings(environment).join('\n')}\n` })
}

export async function token({ options }: Told, { environment }: Io): Promise<Outcome> {
  const { as, hours } = options as { as: string; hours: string }
  const settings = readSettings(environment)
  if (!isDemo(settings)) throw new Trouble('settings', 'There is a real issuer (AUTH_ISSUER or AUTH_PUBLIC_KEY); only it gives tokens.')
  const person = personNamed(as)
  if (!person) throw new Trouble('usage', `There is no ${as}; there are ${cast.map(({ name }) => name).join(', ')}.`)
  const lifetime = Number(hours) * 3600
  if (!(lifetime > 0 && lifetime < Infinity)) throw new Trouble('usage', `--hours takes a number above 0, and ${hours} is none.`)
  const key = await demoKey(settings, readSigningKey)
  if (!key) throw new Trouble('not_there', `${demoKeyFile(settings)} is not there: the server makes that key when it starts.`)
  const { AUTH_AUDIENCE: audience, AUTH_ROLES_CLAIM: rolesClaim } = settings
  const from = now()
  const text = await demoToken(person, { issuer: issuerOf(settings, settings.PORT) ?? '', audience, key, rolesClaim, now: from, lifetime })
  return { facts: { token: text, as, expires: writeTime(Math.floor(from + lifetime)) }, text: `${text}\n` }
}

export async function bringIn({ words: [file = ''], options }: Told, io: Io): Promise<Outcome> {
  const settings = readSettings(io.environment)
  const dryRun = options['dryRun'] === true
  const called = calledBy(settings, settings.STORE)
  const rows = await readRows(file, io.input)
  const signal = io.interruption()
  let store: Store | undefined
  const open = async () => {
    store = await about(called, () => openToImport(settings, dryRun, io, signal))
    return worldOf(settings, store)
  }
  try {
    return outcomeOf(await importRows(rows, { file: file === STANDARD ? 'standard input' : file, store: called, open, dryRun, signal }))
  } finally {
    await store?.close()
  }
}

/** Where there is no file one is made, unless it must exist. */
function openToImport(settings: Settings, dryRun: boolean, io: Io, signal: AbortSignal): Promise<Store> {
  const report = reportTo(io)
  const tell = (what: string) => () => void io.err.write(`${settings.STORE} is not there: a new calendar ${what}.\n`)
  if (dryRun) return openRehearsal({ settings, report, onNew: tell('would be made'), signal })
  return openStore({ settings, report, create: !settings.STORE_MUST_EXIST, onNew: tell('is made') })
}

/** Only where the people of the demo sign in: a calendar that is used for real has no place for it. */
export async function fillWithDemoData({ options }: Told, io: Io): Promise<Outcome> {
  const settings = readSettings(io.environment)
  if (!isDemo(settings)) throw new Trouble('settings', 'There is a real issuer (AUTH_ISSUER or AUTH_PUBLIC_KEY), and demo data is for a demo alone.')
  const called = calledBy(settings, settings.STORE)
  const signal = io.interruption()
  const store = await about(called, () => openToImport(settings, false, io, signal))
  try {
    const world = worldOf(settings, store)
    return await about(called, async () => {
      if (options['add'] !== true) await assertEmpty(world, called)
      return outcomeOfDemoData(await makeDemoData(world, signal), called)
    })
  } finally {
    await store.close()
  }
}

export async function writeOut({ words: [file = ''], options, json }: Told, io: Io): Promise<Outcome> {
  if (json && file === STANDARD) throw new Trouble('usage', 'Both --json and - want standard output: name a file.')
  const settings = readSettings(io.environment)
  const called = calledBy(settings, settings.STORE)
  const store = await openToRead({ settings, report: reportTo(io) })
  const signal = io.interruption()
  try {
    const write = () => (file === STANDARD ? exportTo(io.out, store, signal) : exportFile(file, store, { force: options['force'] === true, signal }))
    const reservations = await about(called, write)
    const text = `${counted(reservations, 'reservation')} written to ${file === STANDARD ? 'standard output' : file}\n`
    return { facts: { store: called, file, reservations }, text, aside: file === STANDARD }
  } finally {
    await store.close()
  }
}

export async function backUp({ words: [file = ''], options }: Told, io: Io): Promise<Outcome> {
  const settings = readSettings(io.environment)
  const source = storeFile(settings)
  const { bytes, reservations } = await about(settings.STORE, () => backup(source, file, { force: options['force'] === true, signal: io.interruption() }))
  const facts = { store: settings.STORE, file, bytes, reservations }
  return { facts, text: `${counted(reservations, 'reservation')}, ${counted(bytes, 'byte')} in ${file}\n` }
}

export const verifyTable: Act = ({ json }, io) =>
  withSheets(io, (sheets, called) => verify(sheets, (findings) => gather(called, findings, json ? undefined : io.out)))

export const rebuildTable: Act = (_, io) =>
  withSheets(io, (sheets, called) => {
    const done = 'The sheets are not all built: nothing can be changed until the same command has run to its end.'
    return unlessInterrupted(rebuild(called, sheets), io.interruption(), done)
  })

export const lookOver: Act = async (told, io) => {
  const { STORE } = readSettings(io.environment)
  const file = fileOf(STORE)
  if (file === undefined) return verifyTable(told, io)
  return about(STORE, () => gather(STORE, check(file, eventCodec), told.json ? undefined : io.out))
}

export const moveStore: Act = ({ options }, io) => {
  const { from, to, dryRun } = options as unknown as Move
  return move({ from, to, dryRun: dryRun === true }, { settings: readSettings(io.environment), report: reportTo(io) }, io.interruption())
}

/** Nothing of the server is loaded for other commands. */
export const serveIt: Act = async (_, io) => {
  await (await import('./serve.ts')).serve(readSettings(io.environment), doubtsAbout(io.environment), io)
  return undefined
}

async function withSheets(io: Io, work: (sheets: Sheets, called: string) => Promise<Outcome>): Promise<Outcome> {
  const settings = readSettings(io.environment)
  const { openSheets } = await import('./dynamo.ts')
  const opened = openSheets(settings, reportTo(io))
  const called = calledBy(settings, settings.STORE)
  try {
    return await about(called, () => work(opened, called))
  } finally {
    opened.close()
  }
}

/** What `work` gives; where a signal comes first, it is not waited for. */
function unlessInterrupted<T>(work: Promise<T>, signal: AbortSignal, done: string): Promise<T> {
  const interrupted = new Promise<never>((_, reject) => {
    const stop = () => reject(interruption(signal, done))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  return Promise.race([work, interrupted])
}
