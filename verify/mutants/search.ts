/**
 * `node search.ts <sim|verify> <base> <from> <to>`: plays these runs, and prints the number and the message
 * of the first one that fails, or nothing. A separate process, so that mutants can be applied to it
 * (as-loaded.ts).
 */
import type { Tester } from './faults.ts'

type Play = (seed: string) => Promise<Error | null>

const PLAYERS: Readonly<Record<Tester, () => Promise<Play>>> = {
  sim: async () => {
    const { planOf } = await import('../sim/plan-of.ts')
    const { run } = await import('../sim/run.ts')
    return async (seed) => (await run(planOf(seed))).failure
  },
  verify: async () => {
    const { planOf } = await import('../replica/plan.ts')
    const { run } = await import('../replica/campaign.ts')
    return (seed) => run(planOf(seed))
  },
}

const [tester = '', base = '', from = '', to = ''] = process.argv.slice(2)
const play = await PLAYERS[tester as Tester]()
for (let number = Number(from); number < Number(to); number++) {
  const error = await play(`${base}-${number}`)
  if (error === null) continue
  console.log(JSON.stringify({ number, says: error.message.split('\n')[0] }))
  break
}
