/** The scripts as they are typed, as processes of their own: a mistake, or a server that is not there, is one line that says what to do. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const SCRIPTS = [
  ...['start', 'database', 'query', 'migrate', 'replay', 'desync', 'sim', 'verify', 'chaos', 'fuzz'],
  'mutants',
  'put-back',
  'screenshots',
  'words',
].map((name) => `dev/${name}.ts`)
const ALL = [...SCRIPTS, 'bench/cli.ts']
/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:1'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgeroom-commands-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs a script to its end, with its state in a folder of its own. */
function run(script: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [join(ROOT, script), ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, EDGEROOM_STATE: join(folder, 'state'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said.err += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, ...said }))
  })
}

/** One line, and nothing of where in the source it happened. */
function isOneLine(err: string): void {
  expect(err.trimEnd().split('\n')).toHaveLength(1)
  expect(err).not.toMatch(/\bat \S+ \(|node:internal|\.ts:\d/)
}

describe.concurrent('a script', () => {
  it.each(ALL)('%s says what its options are when it is asked, and does nothing', async (script) => {
    const { code, out, err } = await run(script, ['--port', '9000', '--help'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^usage: (npm start|npm run [a-z:]+|node dev\/screenshots\.ts)\b/)
    expect(out).toMatch(/^ {2}--help +say this$/m)
  })

  it.each(ALL)('%s refuses an option that it does not have', async (script) => {
    const { code, out, err } = await run(script, ['--no-such-option', '1'])
    expect([code, out]).toEqual([2, ''])
    isOneLine(err)
    expect(err).toMatch(/^n(?:pm|ode) .*: There is no option --no-such-option\. See n(?:pm|ode) .*--help$/m)
  })
})

describe.concurrent('a mistake', () => {
  it.each<[string, string, readonly string[], Record<string, string>, string]>([
    ['a port without a number', 'dev/start.ts', ['--port'], {}, '--port needs a value'],
    [
      'a port that is none',
      'dev/start.ts',
      ['--port', '70000'],
      {},
      'must be a whole number from 1 to 65535',
    ],
    ['a PORT that is none', 'dev/start.ts', [], { PORT: 'abc' }, 'PORT must be a whole number'],
    [
      'a PORT of the database that is none',
      'dev/database.ts',
      [],
      { PORT: '-1' },
      'PORT must be a whole number',
    ],
    ['no question', 'dev/query.ts', [], {}, 'such as "select room, seq from rooms"'],
    ['no trace', 'dev/replay.ts', [], {}, '<trace.json.gz> is missing'],
    ['a number of clients that is none', 'dev/replay.ts', ['x', '--clients', '0'], {}, '--clients must be'],
    [
      'a URL without a scheme',
      'dev/replay.ts',
      ['x', '--url', 'localhost:8787'],
      {},
      '--url must be an address',
    ],
    ['no reports', 'dev/desync.ts', [], {}, '<reports.json> is missing'],
    [
      'a number of seeds that is none',
      'dev/sim.ts',
      ['--seeds', '1e3'],
      {},
      '--seeds must be a whole number',
    ],
    [
      'a number of kills that is none',
      'dev/chaos.ts',
      ['--kills', '-3'],
      {},
      '--kills must be a whole number',
    ],
    [
      'a number of frames that is none',
      'dev/fuzz.ts',
      ['--frames', 'many'],
      {},
      '--frames must be a whole number',
    ],
    ['an unknown mutant', 'dev/mutants.ts', ['no such'], {}, 'No mutant has "no such"'],
    [
      'a part of the mutants that is none',
      'dev/mutants.ts',
      ['--shard', '3/2'],
      {},
      '--shard must be a part such as 1/2',
    ],
    ['no address', 'dev/screenshots.ts', ['8787'], {}, '<URL> must be an address'],
    [
      'a number of rounds that is none',
      'bench/cli.ts',
      ['--rounds', 'x'],
      {},
      '--rounds must be a whole number',
    ],
  ])('such as %s is one line on stderr, and exit code 2', async (_, script, args, env, message) => {
    const { code, out, err } = await run(script, args, env)
    expect([code, out]).toEqual([2, ''])
    isOneLine(err)
    expect(err).toContain(message)
  })
})

describe.concurrent('what is not there', () => {
  const trace = async () => {
    const path = join(folder, 'trace.json')
    await writeFile(path, JSON.stringify({ startContent: '', endContent: '', txns: [] }))
    return path
  }
  const written = async (trace: unknown) => {
    const path = join(folder, `trace-${crypto.randomUUID()}.json`)
    await writeFile(path, typeof trace === 'string' ? trace : JSON.stringify(trace))
    return [path]
  }
  const postgres = { DATABASE_URL: 'postgresql://ann:secret@127.0.0.1:1/rooms' }

  it.each<[string, string, () => Promise<readonly string[]>, Record<string, string>, string]>([
    [
      'a server',
      'dev/replay.ts',
      async () => [await trace(), '--url', NOWHERE],
      {},
      `Nobody answers at ${NOWHERE}`,
    ],
    ['a server', 'dev/screenshots.ts', async () => [NOWHERE], {}, `Nobody answers at ${NOWHERE}`],
    ['a trace', 'dev/replay.ts', async () => ['nowhere.json.gz'], {}, 'nowhere.json.gz cannot be read'],
    ['a trace that is one', 'dev/replay.ts', () => written('{"txns": 7}'), {}, 'is no trace: startContent'],
    ['a trace that is JSON', 'dev/replay.ts', () => written('\u001f\u008b'), {}, 'is no trace: startContent'],
    [
      'a transaction that is one',
      'dev/replay.ts',
      () => written({ startContent: '', endContent: '', txns: [{ patches: [[0, 'x']] }] }),
      {},
      'is no trace: transaction 0 has no patches',
    ],
    [
      'an agent that is one',
      'dev/replay.ts',
      () => written({ kind: 'concurrent', numAgents: 1, endContent: '', txns: [{ agent: 1 }] }),
      {},
      'is no trace: transaction 0 has no agent',
    ],
    [
      'a text that is long enough',
      'dev/replay.ts',
      () =>
        written({
          ...{ kind: 'concurrent', numAgents: 1, endContent: 'x' },
          txns: [{ agent: 0, parents: [], patches: [[1, 0, 'x']] }],
        }),
      {},
      'transaction 0 reaches beyond its text',
    ],
    ['a file of reports', 'dev/desync.ts', async () => ['nowhere.json'], {}, 'nowhere.json cannot be read'],
    ['a report in a file', 'dev/desync.ts', async () => [await trace()], {}, 'has no reports of desyncs'],
    ['a configuration', 'dev/start.ts', async () => ['--config', 'no.toml'], {}, 'There is no file no.toml'],
    ['a local database', 'dev/query.ts', async () => ['select 1'], {}, '`npm start` makes one'],
    [
      'a Postgres',
      'dev/query.ts',
      async () => ['select 1'],
      postgres,
      'Is it running, and is the address right?',
    ],
    ['a Postgres', 'dev/migrate.ts', async () => [], postgres, 'Is it running, and is the address right?'],
    [
      'a Postgres',
      'dev/query.ts',
      async () => ['select 1'],
      { DATABASE_URL: 'rooms' },
      'DATABASE_URL is not a URL',
    ],
    ['a folder', 'bench/cli.ts', async () => ['--traces', 'nowhere'], {}, 'There is no folder nowhere'],
  ])('%s for %s is one line on stderr, and exit code 1', async (_, script, args, env, message) => {
    const { code, err } = await run(script, await args(), env)
    expect(code).toBe(1)
    isOneLine(err)
    expect(err).toContain(message)
    expect(err).not.toContain('secret')
  })
})

it('a port that is taken is named, with another one to try', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const address = taken.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  try {
    const { code, err } = await run('dev/start.ts', ['--port', String(port)])
    expect(code).toBe(1)
    isOneLine(err)
    expect(err).toContain(
      `Port ${port} is taken. Stop what listens there, or choose another: npm start -- --port`,
    )
  } finally {
    await new Promise((resolve) => taken.close(resolve))
  }
})
