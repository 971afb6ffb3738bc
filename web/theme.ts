/** Sets of colours, see theme.css. */
export const THEMES = ['dark', 'night', 'light'] as const
export type Theme = (typeof THEMES)[number]

/** What one can choose: a theme, or to follow the system's colour scheme. */
export const THEME_CHOICES = ['system', ...THEMES] as const
export type ThemeChoice = (typeof THEME_CHOICES)[number]

/** The names of the choices on the page. */
export const THEME_NAMES: Readonly<Record<ThemeChoice, string>> = {
  system: 'As the system',
  dark: 'Dark',
  night: 'Night vision',
  light: 'Light',
}

const STORAGE_KEY = 'theme'
const root = document.documentElement

/** What is chosen now. */
export const chosenTheme = (): ThemeChoice => THEMES.find((one) => one === root.dataset['theme']) ?? 'system'

/** Changes the theme, and stores it for the next visit if the browser allows that. */
export function chooseTheme(choice: ThemeChoice): void {
  if (choice === 'system') delete root.dataset['theme']
  else root.dataset['theme'] = choice
  try {
    localStorage.setItem(STORAGE_KEY, choice)
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
    // The page follows the system.
  }
}
