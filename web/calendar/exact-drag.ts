import interaction from 'fullcalendar/interaction'

/*
 * FullCalendar measures a drag from the middle of the slot under the pointer to the pointer. With slots of 30 minutes
 * and steps of 5, a dragged reservation would jump by up to 15 minutes.
 */

/** FullCalendar's interaction plugin, with drags measured from the pointer itself. */
export const exactDrag: typeof interaction = {
  ...interaction,
  componentInteractions: (interaction.componentInteractions ?? []).map(
    (Interaction) =>
      class extends Interaction {
        constructor(settings: ConstructorParameters<typeof Interaction>[0]) {
          super({ ...settings, useEventCenter: false })
        }
      },
  ),
}
