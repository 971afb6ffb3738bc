// @ts-check
// Plain JavaScript, because the worker thread runs this file: from src under vitest, from dist when installed.
import { statSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import Sqlite from 'better-sqlite3'

/** @typedef {{ file: string, everyMs: number, aboveBytes: number, unreadable: string }} WorkerData */

const { file, everyMs, aboveBytes, unreadable } = /** @type {WorkerData} */ (workerData)

const db = new Sqlite(file, { fileMustExist: true })
// As in `openDatabase`: checkpointed pages must be on the disk before SQLite overwrites the WAL.
db.pragma('synchronous = FULL')

/** The error reported last: on a full disk it recurs every second. */
let lastError = ''

function checkpoint() {
  try {
    const wal = statSync(`${file}-wal`, { throwIfNoEntry: false })
    // PASSIVE neither waits for other connections nor blocks them. It leaves pages that are in use for the next time.
    if (wal && wal.size > aboveBytes) db.pragma('wal_checkpoint(PASSIVE)')
    lastError = ''
  } catch (error) {
    if (String(error) !== lastError) parentPort?.postMessage({ error })
    lastError = String(error)
  }
}

const timer = setInterval(checkpoint, everyMs)

function scrub() {
  try {
    parentPort?.postMessage({ damaged: db.prepare(unreadable).all() })
  } catch (error) {
    parentPort?.postMessage({ failed: error })
  }
}

function stop() {
  clearInterval(timer)
  db.close()
  parentPort?.close()
}

parentPort?.on('message', (/** @type {'scrub' | 'stop'} */ command) => (command === 'stop' ? stop() : scrub()))
