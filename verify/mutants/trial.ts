/**
 * Runs tests in a separate Vitest process and judges the result: passed, failed with a message, or
 * inconclusive, which proves nothing (a module that does not load, a title that no test has, a timeout).
 */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mutant } from './mutant.ts'
import { environmentOf, ROOT } from './mutate.ts'

type Test = Mutant['test']

/** The part of Vitest's JSON report that is used. */
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
  /** The run says nothing about the code under test. */
  | { readonly kind: 'inconclusive'; readonly message: string }

/** Failures of the test harness, which say nothing about the code under test. */
const HARNESS =
  /Test timed out in|Hook timed out in|SyntaxError|Failed to load|Transform failed|Cannot find module/

/** Runs the given tests of one project, on a mutant or, with null, on the original source. */
export async function tryTests(tests: readonly Test[], mutant: Mutant | null): Promise<Verdict[]> {
  const folder = await mkdtemp(join(tmpdir(), 'edgeroom-mutant-'))
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
    const said = await vitest(['run', '--project', project, ...files, ...options], mutant)
    const text = await readFile(output, 'utf8').catch(() => null)
    if (text === null) return tests.map(() => ({ kind: 'inconclusive', message: said }))
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
    return { kind: 'inconclusive', message: `no such test ran. ${message}` }
  }
  const message = ran.flatMap(({ failureMessages }) => failureMessages ?? []).join('\n')
  if (ran.every(({ status }) => status === 'passed')) return { kind: 'passed' }
  return { kind: HARNESS.test(message) ? 'inconclusive' : 'failed', message }
}

/** Returns the end of what it printed. */
function vitest(args: readonly string[], mutant: Mutant | null): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), ...args], {
      cwd: ROOT,
      env: { ...process.env, ...(mutant === null ? {} : environmentOf(mutant)) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const collect = (part: Buffer) => {
      output = `${output}${part}`.slice(-4_000)
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.on('error', reject)
    child.on('close', () => resolve(output))
  })
}
