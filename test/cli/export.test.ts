import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exportFile } from '../../src/cli/export.ts'
import { memoryStore, proposed, worldOf } from '../context.ts'
import { everything, folder, importFile, LEGACY } from './folder.ts'

const NEW = { force: false }

async function filled() {
  const store = memoryStore()
  await importFile(LEGACY, worldOf(store))
  return store
}

describe('an export', () => {
  it.each(['all.jsonl', 'all.jsonl.gz'])(
    'has the same reservations after importing it into an empty store: %s',
    async (name) => {
      const [file, store, empty] = [folder()(name), await filled(), memoryStore()]
      expect(await exportFile(file, store, NEW)).toBe(26)
      expect(readFileSync(file)[0] === 0x1f).toBe(name.endsWith('.gz'))
      const report = await importFile(file, worldOf(empty))
      expect(report).toMatchObject({ imported: 26, skipped: { count: 0 } })
      expect(report.repairs.size).toBe(0)
      const events = async (from: typeof store) => (await everything(from)).map(({ reservation }) => reservation)
      expect(await events(empty)).toEqual(await events(store))
      await Promise.all([store.close(), empty.close()])
    },
  )

  it('creates a file that only its owner can read, and no other file', async () => {
    const [file, store] = [folder()('all.jsonl'), memoryStore()]
    await exportFile(file, store, NEW)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(dirname(file))).toEqual(['all.jsonl'])
    await store.close()
  })

  it('does not overwrite an existing file', async () => {
    const [file, store] = [folder()('all.jsonl'), memoryStore()]
    writeFileSync(file, 'precious')
    await expect(exportFile(file, store, NEW)).rejects.toThrow(/not overwritten/)
    expect(readFileSync(file, 'utf8')).toBe('precious')
    await store.close()
  })

  it('leaves no file if it fails', async () => {
    const file = folder()('all.jsonl')
    const all = async function* () {
      yield { reservation: proposed(), revision: 1 }
      throw new Error('the disk is gone')
    }
    await expect(exportFile(file, { all }, NEW)).rejects.toThrow('the disk is gone')
    expect([existsSync(file), readdirSync(dirname(file))]).toEqual([false, []])
  })

  it('leaves no new file when interrupted, and keeps an existing one', async () => {
    const file = folder()('all.jsonl.gz')
    writeFileSync(file, 'precious')
    const controller = new AbortController()
    const all = async function* () {
      for (let n = 0; ; n++) {
        if (n === 1000) controller.abort('SIGINT')
        yield { reservation: proposed(), revision: 1 }
      }
    }
    await expect(exportFile(file, { all }, { force: true, signal: controller.signal })).rejects.toMatchObject({
      code: 'interrupted',
      exit: 130,
    })
    expect([readFileSync(file, 'utf8'), readdirSync(dirname(file))]).toEqual(['precious', ['all.jsonl.gz']])
  })

  it('does not overwrite a file that was created in the meantime', async () => {
    const file = folder()('all.jsonl')
    const all = async function* () {
      yield { reservation: proposed(), revision: 1 }
      writeFileSync(file, 'precious')
    }
    await expect(exportFile(file, { all }, NEW)).rejects.toMatchObject({ code: 'exists' })
    expect([readFileSync(file, 'utf8'), readdirSync(dirname(file))]).toEqual(['precious', ['all.jsonl']])
  })
})
