/**
 * Which person leads when people follow each other in a circle. Everyone would move to the one they follow,
 * forever; so one person per circle stays, and the others go to them. Each client works this out alone, from
 * the presence of all. Pure.
 */

/** Whether this user is the one in their circle who stays. @param follows by user, the user they follow */
export function holdsStill(me: string, follows: ReadonlyMap<string, string>): boolean {
  const circle = [me]
  for (let next = follows.get(me); next !== me; next = follows.get(next)) {
    // A user who follows nobody ends the chain; one who appears twice closes a circle without us.
    if (next === undefined || circle.includes(next)) return false
    circle.push(next)
  }
  return circle.every((user) => me <= user)
}
