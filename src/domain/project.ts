/** What a project session observes. Kept by another service; known here by its name and when it was made. */
export interface Project {
  /** Not empty; may hold `#`. */
  readonly name: string
  /** As the projects service wrote it: text, never parsed. Not empty, without `#`. */
  readonly createdAt: string
}

export const sameProject = (a: Project | undefined, b: Project | undefined): boolean =>
  a?.name === b?.name && a?.createdAt === b?.createdAt
