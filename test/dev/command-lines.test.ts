/** The scripts run as processes: a usage error or an unreachable server is one line that says what to do. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const SCRIPTS = [
  ...['start', 'database', 'query', 'migrate', 'replay', 'desync', 'sim', 'verify', 'chaos', 'fuzz'],
  'check',
  'docs/docs',
  'mutants',
  'put-back',
  'screenshots',
  'docs/words',
].map((name) => `dev/${name}.ts`)
const ALL = [...SCRIPTS, 'bench/cli.ts']
/** No server listens here. */
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

/** Runs a script until it exits, with its state in the temporary folder. */
function run(script: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [join(ROOT, script), ...args], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      EDGEROOM_STATE: join(folder, 'state'),
      // The scripts load the same modules: they are compiled once.
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
      ...env,
    },
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

/** Expects one line without any stack trace. */
function isOneLine(err: string): void {
  expect(err.trimEnd().split('\n')).toHaveLength(1)
  expect(err).not.toMatch(/\bat \S+ \(|node:internal|\.ts:\d/)
}

describe.concurrent('a script', () => {
  it.each(ALL)('%s prints its options for --help, and does nothing else', async (script) => {
    const { code, out, err } = await run(script, ['--port', '9000', '--help'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^usage: (npm start|npm run [a-z:]+|node dev\/screenshots\.ts)\b/)
    expect(out).toMatch(/^ {2}--help +print this$/m)
  })

  it.each(ALL)('%s refuses an unknown option', async (script) => {
    const { code, out, err } = await run(script, ['--no-such-option', '1'])
    expect([code, out]).toEqual([2, ''])
    isOneLine(err)
    expect(err).toMatch(/^n(?:pm|ode) .*: There is no option --no-such-option\. See n(?:pm|ode) .*--help$/m)
  })
})

describe.concurrent('a usage error', () => {
  it.each<[string, string, readonly string[], Record<string, string>, string]>([
    ['a port without a value', 'dev/start.ts', ['--port'], {}, '--port needs a value'],
    ['an invalid port', 'dev/start.ts', ['--port', '70000'], {}, 'must be a whole number from 1 to 65535'],
    ['an invalid PORT', 'dev/start.ts', [], { PORT: 'abc' }, 'PORT must be a whole number'],
    ['an invalid PORT of the database', 'dev/database.ts', [], { PORT: '-1' }, 'PORT must be a whole number'],
    ['a missing query', 'dev/query.ts', [], {}, 'such as "select room, seq from rooms"'],
    ['a missing trace', 'dev/replay.ts', [], {}, '<trace.json.gz> is missing'],
    ['an invalid number of clients', 'dev/replay.ts', ['x', '--clients', '0'], {}, '--clients must be'],
    [
      'a URL without a scheme',
      'dev/replay.ts',
      ['x', '--url', 'localhost:8787'],
      {},
      '--url must be an address',
    ],
    ['missing reports', 'dev/desync.ts', [], {}, '<reports.json> is missing'],
    ['an invalid number of seeds', 'dev/sim.ts', ['--seeds', '1e3'], {}, '--seeds must be a whole number'],
    ['an invalid number of kills', 'dev/chaos.ts', ['--kills', '-3'], {}, '--kills must be a whole number'],
    [
      'an invalid number of frames',
      'dev/fuzz.ts',
      ['--frames', 'many'],
      {},
      '--frames must be a whole number',
    ],
    ['a mutant that is not there', 'dev/mutants.ts', ['no such'], {}, 'No mutant has "no such"'],
    [
      'a part of the mutants that is none',
      'dev/mutants.ts',
      ['--shard', '3/2'],
      {},
      '--shard must be a part such as 1/2',
    ],
    ['an invalid address', 'dev/screenshots.ts', ['8787'], {}, '<URL> must be an address'],
    ['an invalid number of rounds', 'bench/cli.ts', ['--rounds', 'x'], {}, '--rounds must be a whole number'],
    [
      'an unknown scenario',
      'bench/cli.ts',
      ['--only', 'nothing'],
      {},
      'there is no scenario or system "nothing"',
    ],
    ['an unknown commit', 'bench/cli.ts', ['--against', 'no-such'], {}, '--against must name a commit'],
    [
      'an incomparable scenario',
      'bench/cli.ts',
      ['--against', 'HEAD', '--only', 'join'],
      {},
      'cannot measure "join"',
    ],
    ['rounds of pairs', 'bench/cli.ts', ['--against', 'HEAD', '--rounds', '2'], {}, 'not --rounds'],
    ['pairs without a commit', 'bench/cli.ts', ['--pairs', '6'], {}, '--pairs is for --against'],
  ])('such as %s prints one line on stderr, and exits with 2', async (_, script, args, env, message) => {
    const { code, out, err } = await run(script, args, env)
    expect([code, out]).toEqual([2, ''])
    isOneLine(err)
    expect(err).toContain(message)
  })
})

describe.concurrent('a missing or invalid input', () => {
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
      'a missing server',
      'dev/replay.ts',
      async () => [await trace(), '--url', NOWHERE],
      {},
      `Nothing answers at ${NOWHERE}`,
    ],
    ['a missing server', 'dev/screenshots.ts', async () => [NOWHERE], {}, `Nothing answers at ${NOWHERE}`],
    ['a missing trace', 'dev/replay.ts', async () => ['nowhere.json.gz'], {}, 'Cannot read nowhere.json.gz'],
    ['a wrong JSON file', 'dev/replay.ts', () => written('{"txns": 7}'), {}, 'is not a trace: startContent'],
    [
      'a file without JSON',
      'dev/replay.ts',
      () => written('\u001f\u008b'),
      {},
      'is not a trace: startContent',
    ],
    [
      'an invalid patch',
      'dev/replay.ts',
      () => written({ startContent: '', endContent: '', txns: [{ patches: [[0, 'x']] }] }),
      {},
      'is not a trace: transaction 0 has missing or invalid patches',
    ],
    [
      'an unknown agent',
      'dev/replay.ts',
      () => written({ kind: 'concurrent', numAgents: 1, endContent: '', txns: [{ agent: 1 }] }),
      {},
      'is not a trace: transaction 0 has no agent',
    ],
    [
      'a position beyond the text',
      'dev/replay.ts',
      () =>
        written({
          ...{ kind: 'concurrent', numAgents: 1, endContent: 'x' },
          txns: [{ agent: 0, parents: [], patches: [[1, 0, 'x']] }],
        }),
      {},
      'transaction 0 reaches beyond its text',
    ],
    [
      'a missing file of reports',
      'dev/desync.ts',
      async () => ['nowhere.json'],
      {},
      'Cannot read nowhere.json',
    ],
    ['a file without reports', 'dev/desync.ts', async () => [await trace()], {}, 'has no desync reports'],
    [
      'a missing configuration',
      'dev/start.ts',
      async () => ['--config', 'no.toml'],
      {},
      'There is no file no.toml',
    ],
    ['a missing local database', 'dev/query.ts', async () => ['select 1'], {}, '`npm start` creates one'],
    [
      'an unreachable Postgres',
      'dev/query.ts',
      async () => ['select 1'],
      postgres,
      'Is it running, and is the address right?',
    ],
    [
      'an unreachable Postgres',
      'dev/migrate.ts',
      async () => [],
      postgres,
      'Is it running, and is the address right?',
    ],
    [
      'an invalid DATABASE_URL',
      'dev/query.ts',
      async () => ['select 1'],
      { DATABASE_URL: 'rooms' },
      'DATABASE_URL is not a URL',
    ],
    [
      'a missing folder',
      'bench/cli.ts',
      async () => ['--traces', 'nowhere'],
      {},
      'There is no folder nowhere',
    ],
    [
      'a run that was not made',
      'bench/cli.ts',
      async () => ['--write', '--out', folder],
      {},
      'make a full run first, npm run bench',
    ],
  ])('%s for %s prints one line on stderr, and exits with 1', async (_, script, args, env, message) => {
    const { code, err } = await run(script, await args(), env)
    expect(code).toBe(1)
    isOneLine(err)
    expect(err).toContain(message)
    expect(err).not.toContain('secret')
  })
})

it('a taken port is named, with another one to try', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const address = taken.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  try {
    const { code, err } = await run('dev/start.ts', ['--port', String(port)])
    expect(code).toBe(1)
    isOneLine(err)
    expect(err).toContain(
      `Port ${port} is taken. Stop the program that uses it, or choose another: npm start -- --port`,
    )
  } finally {
    await new Promise((resolve) => taken.close(resolve))
  }
})
