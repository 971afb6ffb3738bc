import { demoUsers } from '../demo/users.ts'
import type { Action } from './actions.ts'

/** The actions of a file, which is imported only when one of them runs, so that the server starts without them. */
const actionsOf =
  <Actions extends Readonly<Record<keyof Actions, Action>>>(load: () => Promise<Actions>) =>
  (name: keyof Actions): Action =>
  async (invocation, io) =>
    (await load())[name](invocation, io)

const actionNamed = actionsOf(() => import('./actions.ts'))
const planningActionNamed = actionsOf(() => import('./planning-actions.ts'))
const bookingActionNamed = actionsOf(() => import('./booking-actions.ts'))
const outboxActionNamed = actionsOf(() => import('./outbox-actions.ts'))

interface Option {
  readonly flags: string
  readonly description: string
  readonly required?: true
  readonly defaultValue?: string
}

export interface Command {
  /** With the name of its group, if it has one. */
  readonly name: string
  readonly summary: string
  /** A name in brackets may be left out, and `...` after it takes several. */
  readonly args?: readonly (readonly [name: string, description: string])[]
  readonly options?: readonly Option[]
  readonly example?: string
  /**
   * Whether it only reads, for long, what a server may be serving: it then leaves the processor to the server. What also writes
   * must not, since a server that waits for its lock would wait as long.
   */
  readonly inBackground?: true
  /** Undefined for a group that only has the commands in it. */
  readonly action?: Action
}

const SITES = ['[site...]', 'the codes of telescopes; by default all of the calendar'] as const
const AT = { flags: '--at <url>', description: 'the address of its endpoints, instead of CALENDAR_URL' }
const TOKEN = {
  flags: '--token <file>',
  description: 'a file with a token, or - for standard input, not CALENDAR_TOKEN',
}
const OVERRIDE = { flags: '--override', description: 'do it although the calendar objects: for admins' }
const NIGHTS = { flags: '--nights <n>', description: 'how many days and nights from now on', defaultValue: '7' }
const MAX_AIRMASS = { flags: '--max-airmass <x>', description: 'the greatest airmass of the target; by default 2' }
const DARKNESS = {
  flags: '--darkness <twilight>',
  description: 'none, civil, nautical or astronomical, which is the default',
}

const RUNS_BESIDE_SERVER = 'while the server may run'

const MESSAGE_IDS = ['[id...]', 'their ids, as "outbox list" prints them'] as const
const FAILED = { flags: '--failed', description: 'those that were given up' }
const RECEIVER = { flags: '--receiver <name>', description: 'those to a receiver of webhooks' }

/** All commands. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'serve',
    summary: 'serve the calendar until stopped by a signal',
    example: 'PORT=8080 photonranch-calendar serve',
    action: async (_, io) => (await import('./serve.ts')).serveAction(io),
  },
  {
    name: 'config',
    summary: 'print the settings in force, secrets masked',
    example: 'photonranch-calendar config',
    action: actionNamed('configAction'),
  },
  {
    name: 'token',
    summary: 'print a token of the demo issuer, for curl',
    options: [
      { flags: '--as <name>', description: `whose: ${demoUsers.map(({ name }) => name).join(', ')}`, required: true },
      { flags: '--hours <n>', description: 'how long it is valid', defaultValue: '12' },
    ],
    example: 'curl -H "Authorization: Bearer $(photonranch-calendar token --as ada)" http://127.0.0.1:8000/dev/me',
    action: actionNamed('tokenAction'),
  },
  {
    name: 'demo-data',
    summary: 'fill an empty calendar with a lively fortnight around tonight, to try things out',
    options: [{ flags: '--add', description: 'also fill a calendar that has reservations; none of them is changed' }],
    example: 'STORE=sqlite:demo.db photonranch-calendar demo-data',
    action: actionNamed('fillWithDemoData'),
  },
  {
    name: 'import',
    summary: 'import reservations from an export of DynamoDB or of this calendar: JSON lines',
    args: [['file', 'the file (gzip too), the folder of a DynamoDB export, or - for standard input']],
    options: [{ flags: '--dry-run', description: 'only report what it would do' }],
    example: 'photonranch-calendar import --dry-run export.json.gz',
    action: actionNamed('importAction'),
  },
  {
    name: 'export',
    summary: `write every reservation as JSON lines in the format of a DynamoDB export, ${RUNS_BESIDE_SERVER}`,
    args: [['file', 'the file, compressed if its name ends in .gz, or - for standard output']],
    options: [{ flags: '--force', description: 'replace an existing file' }],
    example: 'photonranch-calendar export reservations.jsonl.gz',
    inBackground: true,
    action: actionNamed('exportAction'),
  },
  {
    name: 'migrate',
    summary: 'copy everything into another store, and compare the two; nothing else may write to them',
    options: [
      { flags: '--from <store>', description: 'sqlite:FILE or dynamodb:TABLE', required: true },
      {
        flags: '--to <store>',
        description: 'likewise; empty, or with what an interrupted migration has copied',
        required: true,
      },
      { flags: '--dry-run', description: 'only count what there is to copy' },
    ],
    example: 'photonranch-calendar migrate --from sqlite:data/calendar.db --to dynamodb:calendar',
    action: actionNamed('migrateAction'),
  },
  {
    name: 'backup',
    summary: `copy the store's file, ${RUNS_BESIDE_SERVER}`,
    args: [['file', 'the copy']],
    options: [{ flags: '--force', description: 'replace an existing file' }],
    example: 'photonranch-calendar backup calendar-before-the-upgrade.db',
    inBackground: true,
    action: actionNamed('backupAction'),
  },
  {
    name: 'check',
    summary: `check the store for damage and inconsistencies, ${RUNS_BESIDE_SERVER}`,
    example: 'STORE=sqlite:backup.db photonranch-calendar check',
    inBackground: true,
    action: actionNamed('checkAction'),
  },
  {
    name: 'free',
    summary: 'print when telescopes are free, as a running calendar answers',
    args: [SITES],
    options: [
      { flags: '--target <name>', description: 'what is to be observed: a name like M31, or coordinates' },
      { flags: '--minutes <n>', description: 'for how long', defaultValue: '45' },
      NIGHTS,
      { flags: '--order <order>', description: 'soonest or best', defaultValue: 'soonest' },
      MAX_AIRMASS,
      DARKNESS,
      { flags: '--min-lunar-distance <degrees>', description: 'the least angle between the target and the Moon' },
      { flags: '--max-lunar-phase <fraction>', description: 'the greatest illumination of the Moon, from 0 to 1' },
      { flags: '--limit <n>', description: 'the most lines', defaultValue: '20' },
      AT,
      TOKEN,
    ],
    example: 'photonranch-calendar free saf mrc1 --target M31 --minutes 45 --nights 7 --order best',
    action: planningActionNamed('freeAction'),
  },
  {
    name: 'visibility',
    summary: 'print when a target can be observed, as a running calendar answers',
    args: [['target', 'a name like M31, or coordinates'], SITES],
    options: [NIGHTS, MAX_AIRMASS, DARKNESS, AT, TOKEN],
    example: 'photonranch-calendar visibility M31 saf --nights 3',
    action: planningActionNamed('visibilityAction'),
  },
  {
    name: 'rules',
    summary: 'print what observers are allowed at a telescope, as a running calendar answers',
    args: [['site', 'the code of the telescope']],
    options: [AT, TOKEN],
    example: 'CALENDAR_TOKEN=$(photonranch-calendar token --as ada) photonranch-calendar rules saf',
    action: planningActionNamed('rulesAction'),
  },
  {
    name: 'events',
    summary: 'print the reservations of the coming night, as a running calendar answers',
    args: [['site...', 'the codes of telescopes']],
    options: [
      { flags: '--from <night>', description: 'the first night: its date, or a time in it; by default the present' },
      { flags: '--nights <n>', description: 'how many nights', defaultValue: '1' },
      { flags: '--mine', description: 'only those of the owner of the token' },
      AT,
      TOKEN,
    ],
    example: 'photonranch-calendar events saf mrc1 --nights 3',
    action: bookingActionNamed('eventsAction'),
  },
  {
    name: 'reserve',
    summary: 'reserve a telescope at a running calendar',
    args: [
      ['site', 'the code of the telescope'],
      ['start', '2030-06-20T04:15Z, or "2030-06-19 22:15" at the clock of the site'],
    ],
    options: [
      { flags: '--minutes <n>', description: 'for how long; by default 30' },
      { flags: '--end <time>', description: 'until when, instead' },
      { flags: '--title <text>', description: 'its title; by default your name' },
      { flags: '--note <text>', description: 'a note' },
      { flags: '--project <id>', description: 'your project: name#created_at' },
      { flags: '--type <type>', description: 'realtime, which is the default, project or maintenance' },
      { flags: '--id <id>', description: 'its id; the same again is a retry. By default a new one' },
      { flags: '--check', description: 'only say whether it would be accepted' },
      OVERRIDE,
      AT,
      TOKEN,
    ],
    example: 'photonranch-calendar reserve saf "2030-06-19 22:15" --minutes 45 --title M13',
    action: bookingActionNamed('reserveAction'),
  },
  {
    name: 'cancel',
    summary: 'delete a reservation at a running calendar',
    args: [['id', 'its id, as "events" prints it']],
    options: [OVERRIDE, AT, TOKEN],
    example: 'photonranch-calendar cancel 7c9e6679-7425-40de-944b-e07fc1f90ae7',
    action: bookingActionNamed('cancelAction'),
  },
  {
    name: 'watch',
    summary: 'print each change of reservations at telescopes until stopped by a signal',
    args: [['site...', 'the codes of telescopes']],
    options: [AT, TOKEN],
    example: 'photonranch-calendar watch saf mrc1',
    action: bookingActionNamed('watchAction'),
  },
  {
    name: 'feeds',
    summary: 'list your secret calendar feeds at a running calendar',
    options: [AT, TOKEN],
    example: 'photonranch-calendar feeds',
    action: bookingActionNamed('listFeedsAction'),
  },
  {
    name: 'feeds make',
    summary: 'make one, and print its address for a calendar program: it is shown this once',
    options: [AT, TOKEN],
    example: 'photonranch-calendar feeds make',
    action: bookingActionNamed('makeFeedAction'),
  },
  {
    name: 'feeds revoke',
    summary: 'end one: nobody can read your reservations at its address any more',
    args: [['id', 'its id, as "feeds" prints it']],
    options: [AT, TOKEN],
    example: 'photonranch-calendar feeds revoke 9f86d081884c7d65',
    action: bookingActionNamed('revokeFeedAction'),
  },
  {
    name: 'sign-in',
    summary: 'sign in at a running calendar with a browser and a code, and print the token',
    options: [AT],
    example: 'export CALENDAR_TOKEN=$(photonranch-calendar sign-in)',
    action: bookingActionNamed('signInAction'),
  },
  { name: 'outbox', summary: 'the messages to the projects service and to receivers of webhooks' },
  {
    name: 'outbox list',
    summary: `print the messages that are not delivered, the oldest first, ${RUNS_BESIDE_SERVER}`,
    options: [FAILED, RECEIVER, { flags: '--limit <n>', description: 'the most lines', defaultValue: '100' }],
    example: 'photonranch-calendar outbox list --failed',
    action: outboxActionNamed('listOutboxAction'),
  },
  {
    name: 'outbox retry',
    summary: `have messages delivered now, with all their attempts, ${RUNS_BESIDE_SERVER}`,
    args: [MESSAGE_IDS],
    options: [FAILED, RECEIVER],
    example: 'photonranch-calendar outbox retry --failed --receiver archive',
    action: outboxActionNamed('retryOutboxAction'),
  },
  {
    name: 'outbox drop',
    summary: `remove messages, ${RUNS_BESIDE_SERVER}`,
    args: [MESSAGE_IDS],
    options: [FAILED, RECEIVER],
    example: 'photonranch-calendar outbox drop --receiver archive',
    action: outboxActionNamed('dropOutboxAction'),
  },
  { name: 'day-index', summary: 'the day index of a DynamoDB table, which finds reservations by site and time' },
  {
    name: 'day-index rebuild',
    summary: 'rebuild it from the rows: once for a table of the original, and after the original has written to it',
    example: 'STORE=dynamodb:calendar photonranch-calendar day-index rebuild',
    action: actionNamed('rebuildAction'),
  },
  {
    name: 'day-index verify',
    summary: 'check the table against it, while the server may run',
    example: 'STORE=dynamodb:calendar photonranch-calendar day-index verify',
    action: actionNamed('verifyAction'),
  },
]
