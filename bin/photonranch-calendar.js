#!/usr/bin/env node
// Nothing is imported before the version is looked at: the store's native code crashes an older Node.js.
const OLDEST = 22

if (Number(process.versions.node.split('.')[0]) < OLDEST) {
  process.stderr.write(`The calendar needs Node.js ${OLDEST} or newer, and this is ${process.versions.node}.\n`)
  process.exitCode = 1
} else {
  const [{ default: module }, { fileURLToPath }] = await Promise.all([import('node:module'), import('node:url')])
  // Keeps compiled code for the next start, where this may write: systemd names a folder. Node.js 22.0 cannot.
  const folder =
    process.env.CACHE_DIRECTORY ?? fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url))
  module.enableCompileCache?.(folder)
  await import('../dist/main/cli.js')
}
