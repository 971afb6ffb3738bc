import { useNavigation } from '../live/navigation.tsx'
import { linkTo, placeOf, type Route } from '../routes.ts'
import type { Site } from '../../src/domain/site.ts'
import type { Draft } from './draft.ts'
import type { EditIntent } from './editing-context.ts'

/**
 * The address of the page below a form, and the one that opens the form again. A new reservation's has its times. On the page of
 * all telescopes it leads to the page of the one.
 */
export function useFormAddress(
  site: Site,
  { start, end }: Draft,
  { action }: EditIntent,
): { base: string; address: string } {
  const { route } = useNavigation()
  const base = placeOf(route)
  const onSite: Route =
    base.page === 'site' && base.site === site.code ? base : { page: 'site', site: site.code, target: base.target }
  const isNew = action === 'reserve' && start < end
  return { base: linkTo(base), address: isNew ? linkTo({ ...onSite, reserve: { start, end } }) : linkTo(base) }
}
