// @ts-check
// Writes everything that the Lambda functions need to build/lambda/, or to the folder in the first argument, and packs it
// into an archive beside that folder.
//   node deploy/aws/bundle.js [FOLDER]
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { zipSync } from 'fflate'
import { build } from 'vite'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = resolve(process.argv[2] ?? join(root, 'build/lambda'))

/** Packages of the server and the command line, which would make a cold start slower. */
const EXCLUDED = ['better-sqlite3', 'oidc-provider', 'commander']

/** Files that the code reads at run time, by their paths. */
const ASSETS = [
  'openapi.json',
  ...['package.json', 'swagger-ui.css', 'swagger-ui-bundle.js'].map((name) => `node_modules/swagger-ui-dist/${name}`),
  ...filesIn('dist/web'),
]

const built = await build({
  root,
  configFile: false,
  publicDir: false,
  logLevel: 'warn',
  ssr: { noExternal: true },
  build: {
    ssr: 'src/main/lambda.ts',
    outDir: folder,
    write: false,
    // The runtime on Lambda. A server may run an older version.
    target: 'node24',
    sourcemap: true,
    license: { fileName: 'dist/main/licenses.md' },
    rolldownOptions: {
      output: {
        entryFileNames: 'dist/main/lambda.mjs',
        codeSplitting: false,
        // Keeps the names, so that stack traces can be read without the source map. Shorter names do not start faster.
        minify: { compress: true, mangle: false, codegen: true },
        sourcemapExcludeSources: true,
      },
    },
  },
})
const { output } = /** @type {import('vite').Rolldown.RolldownOutput} */ (built)

const unwanted = Object.keys(output[0].modules).filter((input) =>
  EXCLUDED.some((name) => input.includes(`node_modules/${name}/`)),
)
if (unwanted.length > 0) throw new Error(`The bundle contains files that no function needs: ${unwanted.join(', ')}`)

/** @type {{ [name: string]: unknown }} */
const { name, version, license, type } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const files = [
  { path: 'package.json', bytes: Buffer.from(`${JSON.stringify({ name, version, license, type }, null, 2)}\n`) },
  // A function cannot read any other file of the machine.
  ...(process.env['SITES_FILE'] ? [{ path: 'sites.json', bytes: readFileSync(process.env['SITES_FILE']) }] : []),
  ...ASSETS.map((path) => ({ path, bytes: readFileSync(join(root, path)) })),
  ...output.map((one) => ({ path: one.fileName, bytes: Buffer.from(one.type === 'chunk' ? one.code : one.source) })),
]

/**
 * The paths of the files in a folder of the build, sorted.
 * @param {string} folderName
 */
function filesIn(folderName) {
  const listed = readdirSync(join(root, folderName), { recursive: true, withFileTypes: true })
  return listed
    .filter((one) => one.isFile())
    .map((one) => relative(root, join(one.parentPath, one.name)))
    .toSorted()
}

rmSync(folder, { recursive: true, force: true })
for (const { path, bytes } of files) {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), bytes)
}

// Reproducible: all files have the same date. It is in local time, as in every zip archive. They are readable by everybody,
// because another account runs them.
/** @type {import('fflate').ZipOptions} */
const zipOptions = { mtime: new Date(1980, 0, 1), os: 3, attrs: 0o100644 << 16, level: 9 }
writeFileSync(`${folder}.zip`, zipSync(Object.fromEntries(files.map(({ path, bytes }) => [path, bytes])), zipOptions))
