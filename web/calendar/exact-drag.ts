import interaction from 'fullcalendar/interaction'

/*
 * fullcalendar compares where a reservation is let go with where it was taken, the one measured from the middle of a
 * slot and the other from the hand. With slots of half an hour and steps of five minutes, what was dragged would jump
 * by up to a quarter of an hour under the hand.
 */

/** Understands a hand, wherever in a slot it takes hold. */
export const exactDrag: typeof interaction = {
  ...interaction,
  componentInteractions: (interaction.componentInteractions ?? []).map(
    (Kind) =>
      class extends Kind {
        constructor(settings: ConstructorParameters<typeof Kind>[0]) {
          super({ ...settings, useEventCenter: false })
        }
      },
  ),
}
