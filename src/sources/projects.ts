import type { Project } from '../domain/project.ts'
import type { Json } from '../domain/reservation.ts'
import type { News } from '../store/store.ts'

const PATIENCE_MS = 5000

/** The service that keeps projects. */
export interface Projects {
  /** Everything about a project; undefined where it is not known or the service does not answer within 5 s. */
  find(project: Project): Promise<Json | undefined>
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
    async tell({ what, project, reservation }) {
      const answer = await ask(what, { project_name: project.name, created_at: project.createdAt, event_id: reservation })
      await answer.body?.cancel()
      if (answer.ok) return true
      if (answer.status >= 400 && answer.status < 500 && ![401, 403, 408, 429].includes(answer.status)) return false
      throw new Error(`the projects service answered ${answer.status}`)
    },
  }
}
