import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs'

/** The file descriptors that this process has open for a database and its WAL. */
export const descriptorsOf = (file: string): number[] =>
  readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => [file, `${file}-wal`].includes(targetOf(fd)))

/** Makes reads from file descriptors fail, as a failing disk does. @returns a function that repairs them */
export function failing(descriptors: readonly number[]): () => void {
  const targets = descriptors.map((fd) => [fd, targetOf(fd)] as const)
  // Reading a directory fails; and the descriptor stays in use, so that no other file gets it.
  for (const fd of descriptors) leadTo('/', fd)
  return () => {
    for (const [fd, target] of targets) leadTo(target, fd)
  }
}

function leadTo(path: string, fd: number): void {
  const others: number[] = []
  closeSync(fd)
  for (let opened = openSync(path, 'r'); opened !== fd; opened = openSync(path, 'r')) others.push(opened)
  for (const other of others) closeSync(other)
}

function targetOf(fd: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return ''
  }
}
