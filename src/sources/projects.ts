import { Failure } from '../domain/failure.ts'
import type { ProjectMessage } from '../domain/outbox-message.ts'
import type { ObserverId } from '../domain/observer.ts'
import type { Project } from '../domain/project.ts'
import { detailsFinder, type DetailsResult, type ProjectDetails } from './project-details.ts'
import { discardBody, readTextUpTo } from './body-text.ts'

const TIMEOUT_MS = 5000
/** Maximal size of a response in bytes: for one project, and for all projects of an observer. */
const MAX_PROJECT_BYTES = 65_536
const MAX_LIST_BYTES = 4_000_000

/** The projects service. */
export interface Projects {
  /**
   * The details of each project, in the same order, within 5 s in all. Undefined if the service has none, they are too large, or
   * it does not answer; `not_requested` for projects that it was not asked about: after the first 200, or too late.
   */
  find(projects: readonly Project[]): Promise<readonly DetailsResult[]>
  /** The projects of an observer, in no order. @throws Failure `upstream` if the service does not answer with a list within 5 s */
  ofObserver(observer: ObserverId): Promise<readonly Project[]>
  /** Sends a message once. Resolves within 5 s and never throws. */
  deliver(message: ProjectMessage): Promise<DeliveryResult>
}

/**
 * The outcome of sending a message. Final: `delivered`, `refused`, and `not_removed` (the service has no endpoint for removing,
 * or nothing to remove). Worth a retry: `failed`; `down`, where any message would fail; `unanswered`, where the message may yet
 * arrive.
 */
export type DeliveryResult =
  | { readonly outcome: 'delivered' | 'refused' | 'not_removed' }
  | { readonly outcome: 'failed' | 'down' | 'unanswered'; readonly error: Error }

/** The projects service at a URL, with or without a trailing slash. */
export function projectsAt(url: string): Projects {
  const post = (action: string, body: object, redirect: 'error' | 'manual' = 'error') =>
    fetch(`${url.replace(/\/$/, '')}/${action}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      redirect,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })

  return {
    find: detailsFinder(async ({ name, createdAt }) => {
      const response = await post('get-project', { project_name: name, created_at: createdAt })
      const details = response.ok ? await jsonOf(response, MAX_PROJECT_BYTES) : await discardBody(response)
      return isItem(details) ? details : undefined
    }),
    async ofObserver(observer) {
      try {
        const response = await post('get-user-projects', { user_id: observer })
        if (!response.ok) throw new Error(`the projects service answered ${response.status}`)
        return projectsIn(await jsonOf(response, MAX_LIST_BYTES))
      } catch (cause) {
        throw new Failure('upstream', 'The projects service does not answer just now; please try again.', [], { cause })
      }
    },
    async deliver({ action, project, reservation }) {
      const body = { project_name: project.name, created_at: project.createdAt, event_id: reservation }
      try {
        const response = await post(action, body, 'manual')
        await discardBody(response)
        return deliveryResultOf(response.status, action)
      } catch (error) {
        return { outcome: wasNeverSent(error) ? 'down' : 'unanswered', error: error as Error }
      }
    },
  }
}

/** 4xx statuses that are worth a retry: credentials or (403) permissions may be set up later. */
const TRANSIENT_STATUSES = new Set([401, 403, 408, 429])

/** After a gateway's timeout (504) the service may still process the request. */
const FAILURES = new Map<number, 'down' | 'unanswered'>([
  [429, 'down'],
  [503, 'down'],
  [504, 'unanswered'],
])

function deliveryResultOf(status: number, action: ProjectMessage['action']): DeliveryResult {
  if (status >= 200 && status < 300) return { outcome: 'delivered' }
  // 403: the network's service has no such endpoint, and so API Gateway answers. 404: there is nothing to remove.
  if (action === 'remove-project-event' && (status === 403 || status === 404)) return { outcome: 'not_removed' }
  if (status >= 400 && status < 500 && !TRANSIENT_STATUSES.has(status)) return { outcome: 'refused' }
  return { outcome: FAILURES.get(status) ?? 'failed', error: new Error(`the projects service answered ${status}`) }
}

/** Errors after which the service cannot have received the request. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

const wasNeverSent = (error: unknown) =>
  NEVER_SENT.has(((error as Error).cause as { code?: string } | undefined)?.code ?? '')

/** The body as JSON; undefined if it is no JSON or has more than `max` bytes. The error of `JSON.parse` quotes the body, which must not get into a log. */
async function jsonOf(response: Response, max: number): Promise<unknown> {
  const text = await readTextUpTo(max, response)
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The projects in a response. Skips items without a name or a time, since they cannot be attached. @throws Error if it is no list of objects */
function projectsIn(json: unknown): Project[] {
  if (!Array.isArray(json) || !json.every(isItem)) throw new Error('the projects service did not answer with a list')
  return json.flatMap(({ project_name: name, created_at: createdAt }) =>
    typeof name === 'string' && typeof createdAt === 'string' ? [{ name, createdAt }] : [],
  )
}

const isItem = (item: unknown): item is ProjectDetails =>
  typeof item === 'object' && item !== null && !Array.isArray(item)
