/** What a project session observes. The projects service stores it; here it is identified by name and creation time. */
export interface Project {
  /** Not empty; may contain `#`. */
  readonly name: string
  /** The creation time as the projects service writes it: text that is never parsed. Not empty, without `#`. */
  readonly createdAt: string
}

/** Whether two projects, or the lack of them, are the same. */
export const sameProject = (a: Project | undefined, b: Project | undefined): boolean =>
  a?.name === b?.name && a?.createdAt === b?.createdAt
