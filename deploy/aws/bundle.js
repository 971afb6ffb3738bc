// @ts-check
// Makes build/lambda/, all that the functions on Lambda need, and build/lambda.zip, the same to be uploaded; or another
// folder and its archive, where one is named.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { zipSync } from 'fflate'

const house = fileURLToPath(new URL('../../', import.meta.url))
const folder = resolve(process.argv[2] ?? join(house, 'build/lambda'))

/** They belong to a server or to the command line, and would make every start slower. */
const NEVER = ['better-sqlite3', 'oidc-provider', 'commander', '@hono/node-server']

/** What is read from beside the code, where the code expects it. */
const BESIDE = [
  'openapi.json',
  ...['package.json', 'swagger-ui.css', 'swagger-ui-bundle.js'].map((name) => `node_modules/swagger-ui-dist/${name}`),
  ...built('dist/web'),
]

// Some packages are CommonJS, and ask for Node's own modules by a `require` that an ES module has not.
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);"

const { outputFiles, metafile } = await build({
  absWorkingDir: house,
  entryPoints: ['src/main/lambda.ts'],
  outfile: join(folder, 'dist/main/lambda.mjs'),
  bundle: true,
  write: false,
  metafile: true,
  platform: 'node',
  // What Lambda runs them on; a server may be older.
  target: 'node24',
  format: 'esm',
  // Packages that are there as ES modules too are taken as those: of them esbuild leaves out what nobody uses.
  mainFields: ['module', 'main'],
  banner: { js: REQUIRE },
  // Names stay, so that a stack in the log can be read where nobody maps it back; shorter ones start no sooner.
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: true,
  sourcesContent: false,
})

const stray = Object.keys(metafile.inputs).filter((input) =>
  NEVER.some((name) => input.includes(`node_modules/${name}/`)),
)
if (stray.length > 0) throw new Error(`The bundle holds what a function does not need: ${stray.join(', ')}`)

/** @type {{ [name: string]: unknown }} */
const { name, version, license, type } = JSON.parse(readFileSync(join(house, 'package.json'), 'utf8'))
const files = [
  { path: 'package.json', bytes: Buffer.from(`${JSON.stringify({ name, version, license, type }, null, 2)}\n`) },
  // An installation's own sites, where it names them: nothing else of its machine can be read over there.
  ...(process.env['SITES_FILE'] ? [{ path: 'sites.json', bytes: readFileSync(process.env['SITES_FILE']) }] : []),
  ...BESIDE.map((path) => ({ path, bytes: readFileSync(join(house, path)) })),
  ...outputFiles.map(({ path, contents }) => ({ path: relative(folder, path), bytes: contents })),
]

/**
 * The files of a folder that `npm run build` fills, in order of their names, some of which change with what is in them.
 * @param {string} part
 */
function built(part) {
  const listed = readdirSync(join(house, part), { recursive: true, withFileTypes: true })
  return listed
    .filter((one) => one.isFile())
    .map((one) => relative(house, join(one.parentPath, one.name)))
    .toSorted()
}

rmSync(folder, { recursive: true, force: true })
for (const { path, bytes } of files) {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), bytes)
}

// The same archive from the same sources, wherever it is made: one date for all, in local time as archives have it.
// Readable by everybody, since another account runs it.
/** @type {import('fflate').ZipOptions} */
const alike = { mtime: new Date(1980, 0, 1), os: 3, attrs: 0o100644 << 16, level: 9 }
writeFileSync(`${folder}.zip`, zipSync(Object.fromEntries(files.map(({ path, bytes }) => [path, bytes])), alike))
