import { readSettings, SettingsError } from '../../src/ops/settings.ts'

/** What is wrong with settings; nothing if they are accepted. */
export function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readSettings(environment)
    return []
  } catch (error) {
    if (error instanceof SettingsError) return error.problems
    throw error
  }
}
