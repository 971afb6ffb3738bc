import type { View } from '../routes.ts'

export const VIEW_NAMES: Readonly<Record<View, string>> = {
  week: 'Week',
  night: 'Night',
  month: 'Month',
  agenda: 'Agenda',
}
