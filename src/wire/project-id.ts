import type { Project } from '../domain/project.ts'

const NONE = new Set(['none', 'none#', 'none#undefined', 'undefined#undefined', ''])

/**
 * `name#created_at`, split at the last `#`; null for the ways clients write that there is none; undefined where it is
 * neither. Of any length: a table that was taken over may hold longer ones than may be attached.
 */
export function parseProjectId(text: string): Project | null | undefined {
  if (NONE.has(text)) return null
  const hash = text.lastIndexOf('#')
  if (hash < 1 || hash === text.length - 1) return undefined
  return { name: text.slice(0, hash), createdAt: text.slice(hash + 1) }
}

export const writeProjectId = (project: Project | undefined): string =>
  project ? `${project.name}#${project.createdAt}` : 'none'
