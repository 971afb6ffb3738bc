import type { Project } from '../domain/project.ts'

const NONE = new Set(['none', 'none#', 'none#undefined', 'undefined#undefined', ''])

/**
 * Parses `name#created_at`, split at the last `#`. Null for the texts that mean no project, undefined if malformed. Ids of
 * any length are parsed, since imported ones may be longer than the limit.
 */
export function parseProjectId(text: string): Project | null | undefined {
  if (NONE.has(text)) return null
  const hash = text.lastIndexOf('#')
  if (hash < 1 || hash === text.length - 1) return undefined
  return { name: text.slice(0, hash), createdAt: text.slice(hash + 1) }
}

export const writeProjectId = (project: Project | undefined): string =>
  project ? `${project.name}#${project.createdAt}` : 'none'
