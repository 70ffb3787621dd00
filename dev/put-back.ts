/**
 * `npm run put-back [-- PART]`: puts back each fault of verify/mutants/faults.ts, and reports within how
 * many runs a random tester finds it. A run counts if it fails with the fault and passes without it. PART
 * selects faults by a part of the name. Exit code 1 if a fault is not found.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { FAULTS, type Fault, MOST_RUNS } from '../verify/mutants/faults.ts'
import { environmentOf, mutantOf, ROOT } from '../verify/mutants/mutate.ts'
import { freshSeed } from '../verify/random.ts'
import { command, text, UsageError, whole } from './cli/command.ts'

interface Found {
  readonly number: number
  readonly says: string
}

const SPEC = {
  name: 'npm run put-back',
  about: 'Puts back known faults, and reports within how many runs a random tester finds each.',
  options: {
    runs: whole('N', 'runs in which each fault is searched for', MOST_RUNS),
    base: text('S', 'seed of all runs, to repeat them', freshSeed(), 'random'),
  },
  takes: { name: '[PART]', about: 'only faults with this in their name', least: 0, most: 1 },
} as const

await command(SPEC, async ({ runs, base }, [part = '']) => {
  const chosen = FAULTS.filter(({ name }) => name.includes(part))
  if (chosen.length === 0) throw new UsageError(`No fault has "${part}" in its name.`)
  console.log(`runs ${base}-0 to ${base}-${runs - 1}`)
  let missed = 0
  for (const fault of chosen) {
    const found = await find(fault, base, runs)
    if (found === null) missed++
    const result =
      found === null ? `NOT FOUND in ${runs} runs` : `found in run ${found.number + 1}: ${found.says}`
    console.log(`${fault.name} (${fault.by}): ${result}`)
  }
  console.log(`${chosen.length - missed} of ${chosen.length} faults are found`)
  return missed === 0 ? 0 : 1
})

/** The first run that fails because of the fault: without the fault, the same run passes. */
async function find(fault: Fault, base: string, runs: number): Promise<Found | null> {
  for (let from = 0; from < runs; ) {
    const found = await search(fault, base, [from, runs], true)
    if (found === null) return null
    from = found.number + 1
    if ((await search(fault, base, [found.number, from], false)) === null) return found
  }
  return null
}

function search(
  { by, without }: Fault,
  base: string,
  [from, to]: readonly [number, number],
  isBack: boolean,
): Promise<Found | null> {
  const script = (name: string) => join(ROOT, 'verify/mutants', name)
  const args = ['--import', script('as-loaded.ts'), script('search.ts'), by, base, String(from), String(to)]
  const env = isBack ? environmentOf(...without.map(mutantOf)) : {}
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      output += part
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(output === '' ? null : (JSON.parse(output) as Found))
      else reject(new Error(`the search for "${by}" runs ended with ${code}`))
    })
  })
}
