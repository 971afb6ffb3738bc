export function OwnReservations() {
  return null
}
