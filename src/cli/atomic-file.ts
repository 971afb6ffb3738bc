import { existsSync, realpathSync, statSync } from 'node:fs'
import { link, open, rename, rm, unlink } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { explainErrors, toCliError } from './explain-error.ts'
import { CliError } from './cli-error.ts'

export interface AtomicWriteOptions {
  /** Replaces an existing file. */
  readonly force: boolean
  /** Aborts the writing; `write` must check it. */
  readonly signal?: AbortSignal
}

/**
 * Writes a file atomically: `write` fills a temporary file beside it, which is renamed when it is complete and flushed.
 * Only its owner may read it, since it holds names of people.
 * @returns what `write` returns
 * @throws CliError `exists` if there is such a file and it may not be replaced
 */
export async function writeAtomically<T>(
  target: string,
  { force }: AtomicWriteOptions,
  write: (temporary: string) => Promise<T> | T,
): Promise<T> {
  const location = resolveTarget(target, force)
  const temporary = resolve(`${location}.${process.pid}.partial`)
  await explainErrors(target, async () => (await open(temporary, 'wx', 0o600)).close())
  try {
    const result = await write(temporary)
    await explainErrors(target, () => finish(temporary, location, force))
    return result
  } finally {
    await rm(temporary, { force: true })
  }
}

/** The path to write: the target of a symbolic link, if it is one. */
function resolveTarget(target: string, force: boolean): string {
  if (!existsSync(target)) {
    if (!existsSync(dirname(target)))
      throw new CliError('not_there', `${target} cannot be written: the folder ${dirname(target)} is not there.`)
    return target
  }
  if (!force) throw alreadyExists(target)
  if (!statSync(target).isFile())
    throw new CliError('exists', `${target} is there already, and is no file that could be replaced.`)
  return realpathSync(target)
}

async function finish(temporary: string, target: string, force: boolean): Promise<void> {
  await sync(temporary)
  if (force) await rename(temporary, target)
  else await linkNew(temporary, target)
  await sync(dirname(target))
}

/** Links instead of renaming: that fails if another process has created the file in the meantime. */
async function linkNew(temporary: string, target: string): Promise<void> {
  try {
    await link(temporary, target)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw alreadyExists(target)
    // Not every file system has links.
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(String((error as NodeJS.ErrnoException).code)))
      throw toCliError(error, target)
    if (existsSync(target)) throw alreadyExists(target)
    return rename(temporary, target)
  }
  await unlink(temporary)
}

const alreadyExists = (target: string) =>
  new CliError('exists', `${target} is there already and is not overwritten; --force replaces it.`)

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
