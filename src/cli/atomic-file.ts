import { existsSync, realpathSync, statSync } from 'node:fs'
import { link, open, rename, rm, unlink } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { explainErrors, toCliError } from './explain-error.ts'
import { CliError } from './cli-error.ts'

export interface AtomicWriteOptions {
  /** Replaces a file of that name. */
  readonly force: boolean
  /** Whoever writes heeds it. */
  readonly signal?: AbortSignal
}

/**
 * Has `write` fill a file under a name for the time being, and gives it its own once it is whole and on the disk: at no
 * time is there half a file of that name. Only its owner may read it, as it holds people's names.
 * @throws Trouble `exists` when there is a file of that name and it is not to be replaced
 */
export async function writeAtomically<T>(target: string, { force }: AtomicWriteOptions, write: (temporary: string) => Promise<T> | T): Promise<T> {
  const location = resolveTarget(target, force)
  const temporary = resolve(`${location}.${process.pid}.partial`)
  await explainErrors(target, async () => (await open(temporary, 'wx', 0o600)).close())
  try {
    const answer = await write(temporary)
    await explainErrors(target, () => finish(temporary, location, force))
    return answer
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Where the file goes: what a link leads to, where there is one. */
function resolveTarget(target: string, force: boolean): string {
  if (!existsSync(target)) {
    if (!existsSync(dirname(target))) throw new CliError('not_there', `${target} cannot be written: the folder ${dirname(target)} is not there.`)
    return target
  }
  if (!force) throw isThere(target)
  if (!statSync(target).isFile()) throw new CliError('exists', `${target} is there already, and is no file that could be replaced.`)
  return realpathSync(target)
}

async function finish(temporary: string, target: string, force: boolean): Promise<void> {
  await sync(temporary)
  if (force) await rename(temporary, target)
  else await nameNew(temporary, target)
  await sync(dirname(target))
}

/** A link, unlike a rename, overwrites nothing, though somebody may have made such a file meanwhile. */
async function nameNew(temporary: string, target: string): Promise<void> {
  try {
    await link(temporary, target)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw isThere(target)
    // Not every file system has links.
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(String((error as NodeJS.ErrnoException).code))) throw toCliError(error, target)
    if (existsSync(target)) throw isThere(target)
    return rename(temporary, target)
  }
  await unlink(temporary)
}

const isThere = (target: string) => new CliError('exists', `${target} is there already and is not overwritten; --force replaces it.`)

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
