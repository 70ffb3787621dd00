/**
 * Runs tests in a Vitest of their own and judges how they went: passed, failed for the reason that was expected, or anything
 * else, which proves nothing (a module that does not load, a title that no test has, a time that ran out).
 */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mutant } from './table.ts'
import { environmentWithout, ROOT } from './take-out.ts'

type Test = Mutant['test']

/** The part of Vitest's JSON report that is read. */
interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages: readonly string[] | null
    }[]
  }[]
}

export type Verdict =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly message: string }
  /** It did not come to a result that means anything. */
  | { readonly kind: 'odd'; readonly message: string }

/** Failures of the harness, which say nothing about what is tested. */
const HARNESS =
  /Test timed out in|Hook timed out in|SyntaxError|Failed to load|Transform failed|Cannot find module/

/** Runs the named tests of one project, with a protection taken out or with all of them. */
export async function tryTests(tests: readonly Test[], without: Mutant | null): Promise<Verdict[]> {
  const folder = await mkdtemp(join(tmpdir(), 'edgeroom-protection-'))
  try {
    const output = join(folder, 'report.json')
    const files = [...new Set(tests.map(({ file }) => file))]
    const titles = [...new Set(tests.map(({ title }) => title.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')))]
    const project = tests[0]?.project ?? 'core'
    const options = [
      '-t',
      titles.join('|'),
      '--fsModuleCache=false',
      '--reporter=json',
      `--outputFile=${output}`,
    ]
    const said = await vitest(['run', '--project', project, ...files, ...options], without)
    const text = await readFile(output, 'utf8').catch(() => null)
    if (text === null) return tests.map(() => ({ kind: 'odd', message: said }))
    const report: Report = JSON.parse(text)
    return tests.map((test) => judge(test, report))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function judge({ file, title }: Test, report: Report): Verdict {
  const results = report.testResults.filter(({ name }) => name.endsWith(file))
  const ran = results
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(
      ({ fullName, status }) => fullName.includes(title) && (status === 'passed' || status === 'failed'),
    )
  if (ran.length === 0) {
    const message = results.map((result) => result.message).join('\n')
    return { kind: 'odd', message: `no such test ran. ${message}` }
  }
  const message = ran.flatMap(({ failureMessages }) => failureMessages ?? []).join('\n')
  if (ran.every(({ status }) => status === 'passed')) return { kind: 'passed' }
  return { kind: HARNESS.test(message) ? 'odd' : 'failed', message }
}

/** Answers what it printed. */
function vitest(args: readonly string[], without: Mutant | null): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), ...args], {
      cwd: ROOT,
      env: { ...process.env, ...(without === null ? {} : environmentWithout(without)) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    const hear = (part: Buffer) => {
      said = `${said}${part}`.slice(-4_000)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('error', reject)
    child.on('close', () => resolve(said))
  })
}
