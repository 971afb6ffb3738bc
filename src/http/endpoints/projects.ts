import * as z from 'zod'
import { sameProject, type Project } from '../../domain/project.ts'
import { isAttachable } from '../../domain/reservation.ts'
import { listProjects } from '../../service/list-projects.ts'
import { parseProjectId, writeProjectId } from '../../wire/project-id.ts'
import { responses, type WireProject } from '../../wire/responses.ts'
import { defineEndpoint } from '../endpoint.ts'
import { EVENT } from './examples.ts'
import { userId } from './shared.ts'

export const projects = defineEndpoint({
  name: 'projects',
  kind: 'read',
  access: 'signed-in',
  summary: 'The projects an observer may attach',
  description:
    "From the projects service, newest first. `user_id` is the caller's unless an admin or a service asks for another's.",
  input: z.looseObject({ user_id: userId.nullish() }),
  output: responses.projects,
  errors: [400, 401, 403, 404, 502],
  example: {
    input: { user_id: EVENT.creator_id },
    answer: [
      { project_id: 'M31 LRGB#2030-06-01T00:00:00Z', project_name: 'M31 LRGB', created_at: '2030-06-01T00:00:00Z' },
    ],
  },
  async handle({ user_id: owner }, { actor, projects: projectsService }) {
    return {
      value: (await listProjects(owner ?? undefined, actor, projectsService)).filter(hasUsableId).map(projectToWire),
    }
  },
})

/** Whether the project can be attached: its id must be valid, and parse back to the same project. */
const hasUsableId = (project: Project) =>
  isAttachable(project) && sameProject(parseProjectId(writeProjectId(project)) ?? undefined, project)

const projectToWire = (project: Project): WireProject => ({
  project_id: writeProjectId(project),
  project_name: project.name,
  created_at: project.createdAt,
})
