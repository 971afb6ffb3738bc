import { Failure } from '../domain/failure.ts'
import type { Message } from '../domain/message.ts'
import type { ObserverId } from '../domain/observer.ts'
import type { Project } from '../domain/project.ts'
import { detailsFinder, type Finding, type ProjectDetails } from './project-details.ts'
import { textUpTo } from './text.ts'

const PATIENCE_MS = 5000
/** Of an answer, in bytes: about one project, and about all of an observer's. */
const LARGEST_PROJECT = 65_536
const LARGEST_LIST = 4_000_000

/** The service that keeps projects. */
export interface Projects {
  /** What is known about each project, within 5 s in all; undefined where nothing is, or it is too much; `unasked` of more than 200. */
  find(projects: readonly Project[]): Promise<readonly Finding[]>
  /** An observer's own, in no order. @throws Failure `upstream` where the service does not answer within 5 s, or not with a list of projects */
  ofObserver(observer: ObserverId): Promise<readonly Project[]>
  /** Tells of what happened, once; says after 5 s at the latest what came of it, and throws nothing. */
  tell(message: Message): Promise<Told>
}

/**
 * What came of a message. `refused` is for good; so is `not_removed`: the service has no route for removing, or does not
 * know of what. The others may work later. Of one that `failed` nothing more comes; nor where the service is `down` or
 * overloaded, whatever it is told; what is `unanswered` may arrive yet.
 */
export type Told =
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
      signal: AbortSignal.timeout(PATIENCE_MS),
    })

  return {
    find: detailsFinder(async ({ name, createdAt }) => {
      const answer = await ask('get-project', { project_name: name, created_at: createdAt })
      const details = answer.ok ? await valueOf(answer, LARGEST_PROJECT) : await passOver(answer)
      return isItem(details) ? details : undefined
    }),
    async ofObserver(observer) {
      try {
        const answer = await ask('get-user-projects', { user_id: observer })
        if (!answer.ok) throw new Error(`the projects service answered ${answer.status}`)
        return projectsIn(await valueOf(answer, LARGEST_LIST))
      } catch (cause) {
        throw new Failure('upstream', 'The projects service does not answer just now; please try again.', [], { cause })
      }
    },
    async tell({ what, project, reservation }) {
      const body = { project_name: project.name, created_at: project.createdAt, event_id: reservation }
      try {
        const answer = await ask(what, body, 'manual')
        await passOver(answer)
        return toldBy(answer.status, what)
      } catch (error) {
        return { outcome: wasNeverSent(error) ? 'down' : 'unanswered', error: error as Error }
      }
    },
  }
}

/** What may work later though it was refused: another key, more patience, or (403) a right that is still to be given. */
const PASSING = new Set([401, 403, 408, 429])

/** A gateway that gives up (504) does not stop what is behind it. */
const FAILURES = new Map<number, 'down' | 'unanswered'>([[429, 'down'], [503, 'down'], [504, 'unanswered']])

function toldBy(status: number, what: Message['what']): Told {
  if (status >= 200 && status < 300) return { outcome: 'delivered' }
  // The service of the network has no route for it, which API Gateway says with a 403; one that has it knows of nothing to remove.
  if (what === 'remove-project-event' && (status === 403 || status === 404)) return { outcome: 'not_removed' }
  if (status >= 400 && status < 500 && !PASSING.has(status)) return { outcome: 'refused' }
  return { outcome: FAILURES.get(status) ?? 'failed', error: new Error(`the projects service answered ${status}`) }
}

/** An answer's text says nothing to us; read, where it is short, the connection serves on. */
async function passOver(answer: Response): Promise<void> {
  const short = Number(answer.headers.get('content-length') ?? Infinity) <= 4096
  await (short ? answer.arrayBuffer() : answer.body?.cancel())?.catch(() => undefined)
}

/** Why a request never left: nobody was there to take it. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])

const wasNeverSent = (error: unknown) => NEVER_SENT.has(((error as Error).cause as { code?: string } | undefined)?.code ?? '')

/** Undefined where it is no JSON or more than `most` bytes. Not the error that JSON has: it quotes what it was given, and would take that into a log. */
async function valueOf(answer: Response, most: number): Promise<unknown> {
  const text = await textUpTo(most, answer)
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
