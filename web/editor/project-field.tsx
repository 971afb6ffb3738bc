import { useEffect, useState } from 'preact/hooks'
import { type Project, sameProject } from '../../src/domain/project.ts'
import { useApp } from '../live/app-context.ts'
import { SelectChoice } from './fields.tsx'

interface ProjectFieldProps {
  /** The one it came with, which stays to be chosen whether it is listed or not. */
  readonly initial: Project | undefined
  readonly value: Project | undefined
  readonly choose: (project: Project | undefined) => void
  readonly problem?: string | undefined
}

/** Which project it is for. Where the projects cannot be had, the rest of the form does not wait for them. */
export function ProjectField({ initial, value, choose, problem }: ProjectFieldProps) {
  const { calendar } = useApp()
  const [listed, setListed] = useState<readonly Project[] | 'failed'>()
  useEffect(() => {
    let isGone = false
    const take = (list: readonly Project[] | 'failed') => !isGone && setListed(list)
    calendar.projects().then(take, () => take('failed'))
    return () => void (isGone = true)
  }, [calendar])

  const known = Array.isArray(listed) ? (listed as readonly Project[]) : []
  const choices = projectChoices(known, [initial, value])
  const options = [undefined, ...choices].map((project, index): [number, string] => [index, project ? nameAmong(choices, project) : 'No project'])
  const chosen = choices.findIndex((project) => sameProject(project, value)) + 1
  const hint = listed === 'failed' ? 'Your projects cannot be listed just now.' : listed === undefined ? 'Looking for your projects …' : undefined
  return <SelectChoice label="Project" options={options} value={chosen} choose={(index) => choose(choices[index - 1])} problem={problem} hint={hint} />
}

const projectChoices = (listed: readonly Project[], otherReservations: readonly (Project | undefined)[]): Project[] => {
  const all = [...otherReservations.filter((project) => project !== undefined), ...listed]
  return all.filter((project, index) => all.findIndex((one) => sameProject(one, project)) === index)
}

/** Two of one name are told apart by when they were made. */
const nameAmong = (projects: readonly Project[], { name, createdAt }: Project): string =>
  projects.filter((project) => project.name === name).length > 1 ? `${name} (${createdAt})` : name
