import { existsSync } from 'node:fs'

/**
 * The folder of this package, with `package.json`, as a URL that ends in `/`. Found from wherever this code runs: `src/`, `dist/`
 * or a bundle, which are at different depths.
 */
export const PACKAGE_ROOT = rootAbove(new URL('./', import.meta.url))

function rootAbove(folder: URL): URL {
  if (existsSync(new URL('package.json', folder))) return folder
  const parent = new URL('../', folder)
  if (parent.href === folder.href) throw new Error('package.json is missing above this code.')
  return rootAbove(parent)
}
