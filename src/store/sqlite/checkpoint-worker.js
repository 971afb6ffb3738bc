// @ts-check
// Plain JavaScript, because the worker thread runs this file: from src under vitest, from dist when installed.
import { statSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import Sqlite from 'better-sqlite3'

/** @typedef {{ file: string, aboveBytes: number, unreadable: string }} WorkerData */

const { file, aboveBytes, unreadable } = /** @type {WorkerData} */ (workerData)

const db = new Sqlite(file, { fileMustExist: true })
// A checkpoint flushes the WAL before it copies, and the file before the WAL may be overwritten.
db.pragma('synchronous = FULL')

/** PASSIVE neither waits for other connections nor blocks them. It leaves pages that are in use for the next time. */
function checkpoint() {
  const wal = statSync(`${file}-wal`, { throwIfNoEntry: false })
  return wal && wal.size > aboveBytes ? db.pragma('wal_checkpoint(PASSIVE)') : []
}

const commands = {
  checkpoint: () => /** @type {unknown[]} */ (checkpoint())[0],
  scrub: () => db.prepare(unreadable).all(),
}

function stop() {
  db.close()
  parentPort?.close()
}

parentPort?.on('message', (/** @type {'checkpoint' | 'scrub' | 'stop'} */ command) => {
  if (command === 'stop') return stop()
  try {
    parentPort?.postMessage({ result: commands[command]() })
  } catch (failed) {
    parentPort?.postMessage({ failed })
  }
})
