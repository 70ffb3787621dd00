/**
 * A large project on a restarted server: how fast a client has its list of files and a first file, in how
 * many bytes, and how much more memory its object needs with some files open than that of an empty room. The
 * server has a database, as in a deployment.
 */
import { EdgeroomClient, flushRoom, makeRoom } from '../adapters/edgeroom-client.ts'
import { median, rounded } from '../lib/numbers.ts'
import { treeOf } from '../lib/processes.ts'
import { manyFiles } from './cost.ts'
import type { Figures, Params } from './job.ts'
import { leastRss } from './memory.ts'
import { CpuWindow } from './window.ts'

const PROJECT = 'project'
/** A file of it, see manyFiles. */
const PATH = 'folder-00/file-0.txt'
const EMPTY = 'empty'
const OPEN_FILES = 10
const JOINS = 10
const RESTART_MS = 20_000

export async function project(url: string, server: number, params: Params): Promise<Figures> {
  const files = params.number('files')
  const fileBytes = params.number('fileBytes')
  await makeRoom(url, PROJECT, manyFiles(files, fileBytes))
  await makeRoom(url, EMPTY, {})
  await flushRoom(url, PROJECT)
  await flushRoom(url, EMPTY)

  await restart(url, server)
  const aside = await look(url, EMPTY, 0)
  const emptyKb = await leastRss(server)
  aside.close()

  await restart(url, server)
  const reader = await look(url, PROJECT, OPEN_FILES)
  const projectKb = await leastRss(server)
  reader.close()

  await restart(url, server)
  const cpu = new CpuWindow(server)
  const first = await joinProject(url, files, fileBytes)
  const joins = []
  for (let i = 0; i < JOINS; i++) joins.push(await joinProject(url, files, fileBytes))
  return {
    joinMs: rounded(median(joins.map(({ ms }) => ms))),
    firstJoinMs: rounded(first.ms),
    bytesShare: rounded(first.bytes / (files * fileBytes), 4),
    // Excludes the restarts: CPU time of a process that has ended would count as foreign.
    foreignCpu: cpu.cores().foreignCpu,
    mbAboveEmpty: rounded((projectKb - emptyKb) / 1024, 1),
    lost: first.lost,
  }
}

const events = {
  commit() {},
  closed(reason: string) {
    throw new Error(reason)
  },
}

/** Joins a room and opens this many files. */
async function look(url: string, room: string, open: number): Promise<EdgeroomClient> {
  const client = await EdgeroomClient.join(url, room, 0, events)
  for (const { file } of client.files.slice(0, open)) await client.open(file)
  return client
}

async function joinProject(url: string, files: number, fileBytes: number) {
  const started = performance.now()
  const client = await EdgeroomClient.join(url, PROJECT, 1, events, PATH)
  const text = await client.open(client.files.find(({ path }) => path === PATH)?.file ?? '')
  const ms = performance.now() - started
  client.close()
  const lost = files - client.files.length + (fileBytes - text.length)
  return { ms, bytes: client.socket.bytesIn, lost }
}

/** Has the server restart its workerd on the same disk; resolves when the new one answers. */
async function restart(url: string, server: number): Promise<void> {
  const before = treeOf(server)
  process.kill(server, 'SIGUSR2')
  const deadline = Date.now() + RESTART_MS
  for (;;) {
    if (Date.now() > deadline) throw new Error('the server did not restart in time')
    await new Promise((resolve) => setTimeout(resolve, 50))
    const now = treeOf(server)
    const isOldGone = before.some((pid) => !now.includes(pid))
    const isNewThere = now.some((pid) => !before.includes(pid))
    if (!isOldGone || !isNewThere) continue
    const isUp = await fetch(`${url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isUp) return
  }
}
