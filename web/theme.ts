export const THEMES = ['dark', 'night', 'light'] as const
export type Theme = (typeof THEMES)[number]

export const NAMES: Readonly<Record<Theme, string>> = { dark: 'Dark', night: 'Night vision', light: 'Light' }

const STORAGE_KEY = 'theme'
const root = document.documentElement

export const themeNow = (): Theme => THEMES.find((one) => one === root.dataset['theme']) ?? 'dark'

/** Kept for the next visit, where the browser lets us. */
export function chooseTheme(theme: Theme): void {
  root.dataset['theme'] = theme
  try {
    localStorage.setItem(STORAGE_KEY, theme)
  } catch {
    // Then it holds for this visit.
  }
}

export function applyStoredTheme(): void {
  try {
    const kept = THEMES.find((one) => one === localStorage.getItem(STORAGE_KEY))
    if (kept) root.dataset['theme'] = kept
  } catch {
    // Dark, as the document has it.
  }
  printLight()
}

/** Ink is for what is drawn, not for the sky around it. */
function printLight(): void {
  let before = themeNow()
  addEventListener('beforeprint', () => {
    before = themeNow()
    root.dataset['theme'] = 'light'
  })
  addEventListener('afterprint', () => {
    root.dataset['theme'] = before
  })
}
