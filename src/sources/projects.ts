import { Failure } from '../domain/failure.ts'
import type { ObserverId } from '../domain/observer.ts'
import type { Project } from '../domain/project.ts'
import type { Json } from '../domain/reservation.ts'
import type { News } from '../store/store.ts'

const PATIENCE_MS = 5000

/** The service that keeps projects. */
export interface Projects {
  /** Everything about a project; undefined where it is not known or the service does not answer within 5 s. */
  find(project: Project): Promise<Json | undefined>
  /** An observer's own, in no order. @throws Failure `upstream` where the service does not answer within 5 s, or not with a list of projects */
  ofObserver(observer: ObserverId): Promise<readonly Project[]>
  /** @returns false when the service refuses for good; @throws Error when it may work later */
  tell(news: News): Promise<boolean>
}

/** The projects service at an address, as `PROJECTS_URL` gives it. */
export function projectsAt(url: string): Projects {
  const ask = (verb: string, body: object) =>
    fetch(`${url.replace(/\/$/, '')}/${verb}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE_MS),
    })

  return {
    async find({ name, createdAt }) {
      try {
        const answer = await ask('get-project', { project_name: name, created_at: createdAt })
        return answer.ok ? ((await answer.json()) as Json) : undefined
      } catch {
        return undefined
      }
    },
    async ofObserver(observer) {
      try {
        const answer = await ask('get-user-projects', { user_id: observer })
        if (!answer.ok) throw new Error(`the projects service answered ${answer.status}`)
        // Not the error that JSON has: it quotes what it was given, and would take that into a log.
        return projectsIn(await answer.json().catch(() => undefined))
      } catch (cause) {
        throw new Failure('upstream', 'The projects service does not answer just now; please try again.', [], { cause })
      }
    },
    async tell({ what, project, reservation }) {
      const answer = await ask(what, { project_name: project.name, created_at: project.createdAt, event_id: reservation })
      await answer.body?.cancel()
      if (answer.ok) return true
      if (answer.status >= 400 && answer.status < 500 && ![401, 403, 408, 429].includes(answer.status)) return false
      throw new Error(`the projects service answered ${answer.status}`)
    },
  }
}

/** What of an answer is projects; an item without a name or a time has no id, and nobody could attach it. @throws Error where it is no list of items */
function projectsIn(answer: unknown): Project[] {
  if (!Array.isArray(answer) || !answer.every(isItem)) throw new Error('the projects service answered something else than a list')
  return answer.flatMap(({ project_name: name, created_at: createdAt }) =>
    typeof name === 'string' && typeof createdAt === 'string' ? [{ name, createdAt }] : [],
  )
}

const isItem = (item: unknown): item is Readonly<Record<string, unknown>> => typeof item === 'object' && item !== null && !Array.isArray(item)
