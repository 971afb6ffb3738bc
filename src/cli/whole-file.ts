import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure } from '../domain/failure.ts'

/**
 * Has `write` fill a file under a name for the time being, and gives it its own once it is whole and on the disk.
 * Only its owner may read it, as it holds people's names.
 * @throws Failure `conflict` when there is a file of that name: nothing is overwritten
 */
export async function writeWhole<T>(target: string, write: (temporary: string) => Promise<T> | T): Promise<T> {
  assertNew(target)
  const temporary = `${target}.${process.pid}.partial`
  await (await open(temporary, 'wx', 0o600)).close()
  try {
    const answer = await write(temporary)
    await sync(temporary)
    assertNew(target)
    await rename(temporary, target)
    await sync(dirname(target))
    return answer
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

function assertNew(target: string): void {
  if (existsSync(target)) throw new Failure('conflict', `${target} is there already and is not overwritten.`)
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
