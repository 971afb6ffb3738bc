import { type Project, sameProject } from '../../src/domain/project.ts'
import { useApp } from '../live/app-context.ts'
import { useRequest } from '../live/use-request.ts'
import { SelectChoice } from './fields.tsx'

interface ProjectFieldProps {
  /** The initial project, which can be chosen even if it is not listed. */
  readonly initial: Project | undefined
  readonly value: Project | undefined
  readonly choose: (project: Project | undefined) => void
  readonly problem?: string | undefined
}

/** The choice of a project. The other fields work while the projects are loading or unavailable. */
export function ProjectField({ initial, value, choose, problem }: ProjectFieldProps) {
  const { calendar } = useApp()
  const listed = useRequest(() => calendar.projects(), [calendar])
  const choices = projectChoices(Array.isArray(listed) ? listed : [], [initial, value])
  const options = [undefined, ...choices].map((project, index): [number, string] => [
    index,
    project ? nameAmong(choices, project) : 'No project',
  ])
  const chosen = choices.findIndex((project) => sameProject(project, value)) + 1
  const hint =
    listed === 'failed'
      ? 'Your projects cannot be listed just now.'
      : listed === undefined
        ? 'Loading your projects …'
        : undefined
  return (
    <SelectChoice
      label="Project"
      options={options}
      value={chosen}
      choose={(index) => choose(choices[index - 1])}
      problem={problem}
      hint={hint}
    />
  )
}

const projectChoices = (listed: readonly Project[], selected: readonly (Project | undefined)[]): Project[] => {
  const all = [...selected.filter((project) => project !== undefined), ...listed]
  return all.filter((project, index) => all.findIndex((one) => sameProject(one, project)) === index)
}

/** The name of a project, with its creation time if another has the same name. */
const nameAmong = (projects: readonly Project[], { name, createdAt }: Project): string =>
  projects.filter((project) => project.name === name).length > 1 ? `${name} (${createdAt})` : name
