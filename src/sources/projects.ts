import { Failure } from '../domain/failure.ts'
import type { OutboxMessage } from '../domain/outbox-message.ts'
import type { ObserverId } from '../domain/observer.ts'
import type { Project } from '../domain/project.ts'
import { detailsFinder, type Finding, type ProjectDetails } from './project-details.ts'
import { readTextUpTo } from './body-text.ts'

const TIMEOUT_MS = 5000
/** Of an answer, in bytes: about one project, and about all of an observer's. */
const MAX_PROJECT_BYTES = 65_536
const MAX_LIST_BYTES = 4_000_000

/** The service that keeps projects. */
export interface Projects {
  /** What is known about each project, within 5 s in all; undefined where nothing is, or it is too much; `unasked` of more than 200. */
  find(projects: readonly Project[]): Promise<readonly Finding[]>
  /** An observer's own, in no order. @throws Failure `upstream` where the service does not answer within 5 s, or not with a list of projects */
  ofObserver(observer: ObserverId): Promise<readonly Project[]>
  /** Tells of what happened, once; says after 5 s at the latest what came of it, and throws nothing. */
  deliver(message: OutboxMessage): Promise<DeliveryResult>
}

/**
 * What came of a message. `refused` is for good; so is `not_removed`: the service has no route for removing, or does not
 * know of what. The others may work later. Of one that `failed` nothing more comes; nor where the service is `down` or
 * overloaded, whatever it is told; what is `unanswered` may arrive yet.
 */
export type DeliveryResult =
  | { readonly outcome: 'delivered' | 'refused' | 'not_removed' }
  | { readonly outcome: 'failed' | 'down' | 'unanswered'; readonly error: Error }

/** The projects service at an address, as `PROJECTS_URL` gives it. */
export function projectsAt(url: string): Projects {
  const ask = (verb: string, body: object, redirect: 'error' | 'manual' = 'error') =>
    fetch(`${url.replace(/\/$/, '')}/${verb}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      redirect,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })

  return {
    find: detailsFinder(async ({ name, createdAt }) => {
      const answer = await ask('get-project', { project_name: name, created_at: createdAt })
      const details = answer.ok ? await valueOf(answer, MAX_PROJECT_BYTES) : await discardBody(answer)
      return isItem(details) ? details : undefined
    }),
    async ofObserver(observer) {
      try {
        const answer = await ask('get-user-projects', { user_id: observer })
        if (!answer.ok) throw new Error(`the projects service answered ${answer.status}`)
        return projectsIn(await valueOf(answer, MAX_LIST_BYTES))
      } catch (cause) {
        throw new Failure('upstream', 'The projects service does not answer just now; please try again.', [], { cause })
      }
    },
    async deliver({ action, project, reservation }) {
      const body = { project_name: project.name, created_at: project.createdAt, event_id: reservation }
      try {
        const answer = await ask(action, body, 'manual')
        await discardBody(answer)
        return deliveryResultOf(answer.status, action)
      } catch (error) {
        return { outcome: wasNeverSent(error) ? 'down' : 'unanswered', error: error as Error }
      }
    },
  }
}

/** What may work later though it was refused: another key, more patience, or (403) a right that is still to be given. */
const TRANSIENT_STATUSES = new Set([401, 403, 408, 429])

/** A gateway that gives up (504) does not stop what is behind it. */
const FAILURES = new Map<number, 'down' | 'unanswered'>([[429, 'down'], [503, 'down'], [504, 'unanswered']])

function deliveryResultOf(status: number, what: OutboxMessage['action']): DeliveryResult {
  if (status >= 200 && status < 300) return { outcome: 'delivered' }
  // The service of the network has no route for it, which API Gateway says with a 403; one that has it knows of nothing to remove.
  if (what === 'remove-project-event' && (status === 403 || status === 404)) return { outcome: 'not_removed' }
  if (status >= 400 && status < 500 && !TRANSIENT_STATUSES.has(status)) return { outcome: 'refused' }
  return { outcome: FAILURES.get(status) ?? 'failed', error: new Error(`the projects service answered ${status}`) }
}

/** An answer's text says nothing to us; read, where it is short, the connection serves on. */
async function discardBody(answer: Response): Promise<void> {
  const short = Number(answer.headers.get('content-length') ?? Infinity) <= 4096
  await (short ? answer.arrayBuffer() : answer.body?.cancel())?.catch(() => undefined)
}

/** Why a request never left: nobody was there to take it. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])

const wasNeverSent = (error: unknown) => NEVER_SENT.has(((error as Error).cause as { code?: string } | undefined)?.code ?? '')

/** Undefined where it is no JSON or more than `most` bytes. Not the error that JSON has: it quotes what it was given, and would take that into a log. */
async function valueOf(answer: Response, max: number): Promise<unknown> {
  const text = await readTextUpTo(max, answer)
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What of an answer is projects; an item without a name or a time has no id, and nobody could attach it. @throws Error where it is no list of items */
function projectsIn(answer: unknown): Project[] {
  if (!Array.isArray(answer) || !answer.every(isItem)) throw new Error('the projects service answered something else than a list')
  return answer.flatMap(({ project_name: name, created_at: createdAt }) =>
    typeof name === 'string' && typeof createdAt === 'string' ? [{ name, createdAt }] : [],
  )
}

const isItem = (item: unknown): item is ProjectDetails => typeof item === 'object' && item !== null && !Array.isArray(item)
