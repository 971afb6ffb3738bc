import { readFileSync } from 'node:fs'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  ENOTDIR: 'is not there',
  EISDIR: 'is a folder',
  EACCES: 'this account may not read',
  EPERM: 'this account may not read',
  ENAMETOOLONG: 'is no name of a file',
}

/** Reads a file that a setting names. @throws Error with a message that continues after the setting's name */
export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Error(
      `names ${file.slice(0, 200)}, which ${REASONS[String((cause as NodeJS.ErrnoException).code)] ?? 'cannot be read'}`,
      { cause },
    )
  }
}
