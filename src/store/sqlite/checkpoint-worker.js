// @ts-check
// Plain JavaScript, because a thread is started from this very file: from src under vitest, from dist when installed.
import { statSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import Sqlite from 'better-sqlite3'

/** @typedef {{ file: string, everyMs: number, pastBytes: number, unreadable: string }} Orders */

const { file, everyMs, pastBytes, unreadable } = /** @type {Orders} */ (workerData)

const db = new Sqlite(file, { fileMustExist: true })
// As whoever writes has it: what is folded back must be on the disk before the log is written over.
db.pragma('synchronous = FULL')

/** What was told already: on a full disk it goes wrong every second. */
let lastError = ''

function checkpoint() {
  try {
    const wal = statSync(`${file}-wal`, { throwIfNoEntry: false })
    // PASSIVE waits for nobody and makes nobody wait. What is written meanwhile, or still read, is left for the next time.
    if (wal && wal.size > pastBytes) db.pragma('wal_checkpoint(PASSIVE)')
    lastError = ''
  } catch (error) {
    // One that failed is no reason to try no more.
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

parentPort?.on('message', (/** @type {'look over' | 'stop'} */ order) => (order === 'stop' ? stop() : scrub()))
