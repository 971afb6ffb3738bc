import { defineConfig } from 'vite'

/** The command, as `dist/main/`: what every start needs in a few files, and what is loaded when it is used in files of its own. */
export default defineConfig({
  publicDir: false,
  // Native code stays in its package.
  ssr: { noExternal: true, external: ['better-sqlite3'] },
  build: {
    ssr: true,
    outDir: 'dist/main',
    target: 'node22',
    sourcemap: true,
    // Of all that is bundled; their terms ask for it.
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      input: ['src/main/cli.ts', 'src/store/sqlite/checkpoint-worker.js'],
      output: { entryFileNames: '[name].js', chunkFileNames: '[name].js', sourcemapExcludeSources: true },
      // A package of the demo issuer has one, for warnings that it never gives.
      checks: { eval: false },
    },
  },
})
