import { defineConfig, type Plugin } from 'vite'

/** The page, as `dist/web/`: links are relative, so that it works wherever it is mounted. */
export default defineConfig({
  base: './',
  plugins: [typefaceLicense(), nativeTemporal()],
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

const TYPEFACE = '@fontsource-variable/inter'
const LICENSE = new URL(`../node_modules/${TYPEFACE}/LICENSE`, import.meta.url).pathname

/** Adds the typeface's licence to those of the bundled packages; Vite lists packages of scripts only. */
function typefaceLicense(): Plugin {
  return {
    name: 'typeface-license',
    generateBundle: {
      order: 'post',
      async handler(_, bundle) {
        const list = bundle['licenses.md']
        if (list?.type !== 'asset') throw new Error('There is no licenses.md to add the typeface to.')
        const license = await this.fs.readFile(LICENSE, { encoding: 'utf8' })
        list.source = `${String(list.source)}\n## ${TYPEFACE} - OFL-1.1\n\n${license}`
      },
    },
  }
}

const POLYFILL = 'temporal-polyfill'
const TEMPORAL = '\0temporal'

/** Uses the browser's Temporal, and loads the polyfill only where there is none. */
function nativeTemporal(): Plugin {
  return {
    name: 'native-temporal',
    enforce: 'pre',
    resolveId: (source, importer) => (source === POLYFILL && importer !== TEMPORAL ? TEMPORAL : undefined),
    load: (id) =>
      id === TEMPORAL
        ? `export const Temporal = globalThis.Temporal ?? (await import(${JSON.stringify(POLYFILL)})).Temporal`
        : undefined,
  }
}
