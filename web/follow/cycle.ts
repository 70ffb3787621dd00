/**
 * Who moves when people follow each other. Each of them would go where the one before them was, for ever; so in every such circle one
 * holds still, and all others go to them. Everybody works that out alone, from what all tell of whom they follow. Pure.
 */

/** Whether this user is the one of a circle who holds still. @param follows by user, whom they follow */
export function holdsStill(me: string, follows: ReadonlyMap<string, string>): boolean {
  const circle = [me]
  for (let next = follows.get(me); next !== me; next = follows.get(next)) {
    // Whoever follows nobody ends the line; whoever comes twice is in a circle without us.
    if (next === undefined || circle.includes(next)) return false
    circle.push(next)
  }
  return circle.every((user) => me <= user)
}
