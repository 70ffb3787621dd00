/**
 * `npm start` on a copy of the sources: it reloads changed server code, and whichever of its processes is
 * killed, it either keeps answering or ends with everything it started.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { projectCopy } from './project-copy.ts'

/** The machine may be busy, and the runtime takes seconds to start. */
const PATIENCE = { timeout: 200_000, interval: 200 }
const TEST_MS = 240_000

let folder: string
let port: number

beforeAll(async () => {
  folder = await projectCopy()
})

afterAll(() => rm(folder, { recursive: true, force: true }))

interface Running {
  readonly pid: number
  readonly ended: Promise<unknown>
  readonly child: ChildProcess
  said: string
}

let running: Running | null = null

afterEach(async () => {
  running?.child.kill('SIGTERM')
  await running?.ended
  running = null
})

async function start(): Promise<Running> {
  port = await freePort()
  const child = spawn(process.execPath, ['dev/start.ts', '--port', String(port)], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, EDGEROOM_STATE: join(folder, 'state') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const started: Running = { pid: child.pid ?? 0, ended: once(child, 'exit'), child, said: '' }
  running = started
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      started.said += text
    })
  }
  await expect.poll(() => started.said, PATIENCE).toContain('Edgeroom is ready')
  return started
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Every descendant of a process, with its command line. */
async function beneath(pid: number): Promise<{ pid: number; line: string }[]> {
  const found = (await readdir('/proc'))
    .filter((name) => /^\d+$/.test(name))
    .map(async (name) => {
      const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
      const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')
      return { pid: Number(name), parent: Number(stat.split(') ').at(-1)?.split(' ')[1]), line }
    })
  const all = await Promise.all(found)
  const of = (parent: number): typeof all =>
    all.filter((each) => each.parent === parent).flatMap((each) => [each, ...of(each.pid)])
  return of(pid)
}

/** The given processes that are still running; zombies are not. */
async function alive(pids: readonly number[]): Promise<number[]> {
  const states = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
      return stat === '' || stat.split(') ').at(-1)?.startsWith('Z') === true ? [] : [pid]
    }),
  )
  return states.flat()
}

const answers = async () => {
  const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(2_000) })
  return answer.text()
}

describe.skipIf(process.platform !== 'linux')('npm start', () => {
  it(
    'reloads server code that is changed while it runs',
    async () => {
      await start()
      const made = { method: 'POST', body: JSON.stringify({ room: 'made-once' }) }
      const misnamed = { method: 'POST', body: JSON.stringify({ room: 'no name' }) }
      const asked = async (path: string, init: RequestInit) =>
        (
          await fetch(`http://127.0.0.1:${port}${path}`, { ...init, signal: AbortSignal.timeout(2_000) })
        ).text()
      expect(await asked('/api/rooms', made)).toContain('"room":"made-once"')
      for (const [file, from, path, init] of [
        ['workers/index.ts', 'There is nothing here.', '/nowhere/in/api', { method: 'PUT' }],
        ['durable-objects/room/object.ts', ' already exists.`', '/api/rooms', made],
        ['core/protocol/room-name.ts', '1 to 64 of ', '/api/rooms', misnamed],
      ] as const) {
        const source = await readFile(join(folder, file), 'utf8')
        expect(source).toContain(from)
        const to = from.replace(/[a-z]/, 'CHANGED $&')
        await writeFile(join(folder, file), source.replace(from, to))
        await expect.poll(() => asked(path, init).catch(String), PATIENCE).toContain('CHANGED')
      }
    },
    TEST_MS,
  )

  it(
    'keeps answering when the process that runs the Worker is killed',
    async () => {
      const { pid } = await start()
      await kill(await beneath(pid), (line) => isWorkerd(line) && !line.includes(`:${port}`))
      await expect.poll(() => answers().catch(String), PATIENCE).toBe('{"ok":true}')
    },
    TEST_MS,
  )

  it.each<[string, ((line: string) => boolean) | null]>([
    [
      'the process listening on its port',
      (line) => isWorkerd(line) && line.includes(`entry=127.0.0.1:${port}`),
    ],
    ['wrangler', (line) => line.includes('wrangler-dist')],
    ['the script itself', null],
  ])(
    'ends, and leaves nothing behind, when %s is killed',
    async (_, of) => {
      const { pid, ended } = await start()
      const all = await beneath(pid)
      if (of === null) process.kill(pid, 'SIGKILL')
      else await kill(all, of)
      await ended
      await expect.poll(() => alive(all.map(({ pid }) => pid)), PATIENCE).toEqual([])
    },
    TEST_MS,
  )
})

const isWorkerd = (line: string) => line.includes('workerd') && line.includes('serve')

async function kill(
  all: readonly { readonly pid: number; readonly line: string }[],
  of: (line: string) => boolean,
): Promise<void> {
  const victim = all.find(({ line }) => of(line))?.pid
  if (victim === undefined) throw new Error(`there is no such process among ${all.map(({ line }) => line)}`)
  process.kill(victim, 'SIGKILL')
  await expect.poll(() => alive([victim])).toEqual([])
}
