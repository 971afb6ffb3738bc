import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs'

/** The descriptors that this process has open on a database and its log. */
export const descriptorsOf = (file: string): number[] =>
  readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => [file, `${file}-wal`].includes(targetOf(fd)))

/** Has whatever is read by these descriptors fail, as on a disk that fails. @returns what makes them well again */
export function failing(descriptors: readonly number[]): () => void {
  const targets = descriptors.map((fd) => [fd, targetOf(fd)] as const)
  // To read a folder is an error; and the number stays taken, so that nobody else's file comes to have it.
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
