/** Sets of colours, see theme.css. */
export const THEMES = ['dark', 'night', 'light'] as const
export type Theme = (typeof THEMES)[number]

/** The names of the themes on the page. */
export const THEME_NAMES: Readonly<Record<Theme, string>> = { dark: 'Dark', night: 'Night vision', light: 'Light' }

const STORAGE_KEY = 'theme'
const root = document.documentElement

/** The theme that the page shows now. */
export const currentTheme = (): Theme => THEMES.find((one) => one === root.dataset['theme']) ?? 'dark'

/** Changes the theme, and stores it for the next visit if the browser allows that. */
export function chooseTheme(theme: Theme): void {
  root.dataset['theme'] = theme
  try {
    localStorage.setItem(STORAGE_KEY, theme)
  } catch {
    // It applies to this visit only.
  }
}

/** Applies the theme of the last visit. */
export function applyStoredTheme(): void {
  try {
    const stored = THEMES.find((one) => one === localStorage.getItem(STORAGE_KEY))
    if (stored) root.dataset['theme'] = stored
  } catch {
    // The document's own theme, dark, stays.
  }
  printInLight()
}

/** Prints in the light theme, to save ink. */
function printInLight(): void {
  let before = currentTheme()
  addEventListener('beforeprint', () => {
    before = currentTheme()
    root.dataset['theme'] = 'light'
  })
  addEventListener('afterprint', () => {
    root.dataset['theme'] = before
  })
}
