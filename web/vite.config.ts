import { defineConfig } from 'vite'

/** The page, as `dist/web/`: links are relative, so that it works wherever it is mounted. */
export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    // Nothing within the document: its policy allows neither inline scripts nor data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Of all that is bundled; their terms ask for it.
    license: { fileName: 'licenses.md' },
  },
})
