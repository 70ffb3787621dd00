/** The Postgres store in workerd, whose sockets differ: it works, fails and cleans up as in Node. */

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeIf, needsServer } from '../support/needs.ts'
import type { TestDatabase } from '../support/servers/postgres.ts'
import { batchOf, commitOf, fileOf } from './contract/samples.ts'
import { serverUrl, startServerDatabase } from './store-server.ts'
import type { StoreCall } from './store-worker.ts'

const ROOT = join(import.meta.dirname, '../..')
const COMPATIBILITY_DATE = '2026-11-01'

describeIf(needsServer(serverUrl), 'the Postgres store in workerd', () => {
  let database: TestDatabase
  let miniflare: Miniflare
  let url: URL

  beforeAll(async () => {
    database = await startServerDatabase()
    miniflare = new Miniflare({
      host: '127.0.0.1',
      port: 0,
      cf: false,
      workers: [
        {
          config: {
            name: 'caller',
            compatibilityDate: COMPATIBILITY_DATE,
            manifest: {
              mainModule: 'index.mjs',
              modules: { 'index.mjs': { type: 'esm', contents: await bundle() } },
            },
            env: { CALLER: { type: 'durable-object', worker: 'caller', exportName: 'Caller' } },
            exports: { Caller: { type: 'durable-object', storage: 'sqlite' } },
          },
        },
      ],
    })
    url = await miniflare.ready
  }, 60_000)
  afterAll(async () => {
    await miniflare?.dispose()
    await database?.close()
  })

  async function ask(
    call: StoreCall['call'],
    { connectionString = database.connectionString, timeoutMs = 20_000 } = {},
  ): Promise<unknown> {
    const body: StoreCall = { connectionString, timeoutMs, call }
    return (await fetch(url, { method: 'POST', body: JSON.stringify(body) })).json()
  }

  async function connections(): Promise<number | undefined> {
    const [row] = await database.query<{ count: number }>(
      'select count(*)::int from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )
    return row?.count
  }

  it('stores and loads, and leaves no connection behind', async () => {
    const text = 'é "\u{1F600}"\n'.repeat(300_000)
    const files = [fileOf('a', 1, { text }), fileOf('b', 1)]
    const commits = [commitOf(1, { blobs: { '1-0': 'blob' } })]
    expect(await ask(['flush', batchOf('r', 1, { files, commits })])).toEqual({
      result: { type: 'written', skipped: [] },
    })
    expect(await ask(['load', 'r'])).toMatchObject({
      result: { seq: 1, files: [{ file: 'a' }, { file: 'b' }] },
    })
    expect(await ask(['texts', 'r', ['a']])).toEqual({ result: [['a', { revision: 1, text }]] })
    expect(await ask(['commits', 'r', 0, 9])).toEqual({ result: commits })
    await expect.poll(connections).toBe(0)
  })

  it('leaves no connection behind if the database refuses a flush', async () => {
    const refused = batchOf('r', 2, { files: [fileOf('new', 2, { text: null })] })
    expect(await ask(['flush', refused])).toMatchObject({ error: { kind: 'refused', sqlstate: '23502' } })
    await expect.poll(connections).toBe(0)
  })

  it('reports credentials if there is no such database', async () => {
    const connectionString = Object.assign(new URL(database.connectionString), { pathname: '/nowhere' }).href
    const answer = await ask(['load', 'r'], { connectionString })
    expect(answer).toMatchObject({ error: { kind: 'credentials', sqlstate: '3D000' } })
  })

  it('is unavailable if nobody listens', async () => {
    const answer = await ask(['load', 'r'], { connectionString: 'postgresql://a:b@127.0.0.1:1/main' })
    expect(answer).toMatchObject({ error: { kind: 'unavailable' } })
  })

  it.each<[string, (socket: Socket) => void, number]>([
    ['never answers', () => {}, 200],
    ['hangs up at once', (socket) => socket.destroy(), 20_000],
    ['hangs up at the first word', (socket) => socket.once('data', () => socket.resetAndDestroy()), 20_000],
  ])('is unavailable if the server %s, and leaves no connection open', async (_, answers, timeoutMs) => {
    const open = new Set<Socket>()
    const server = createServer((socket) => {
      open.add(socket)
      socket.on('close', () => open.delete(socket))
      socket.on('error', () => {})
      socket.resume()
      answers(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const connectionString = `postgresql://someone:hunter2@127.0.0.1:${port}/main`
    const answer = await ask(['load', 'r'], { connectionString, timeoutMs })
    expect(answer).toMatchObject({ error: { kind: 'unavailable' } })
    expect(JSON.stringify(answer)).not.toContain('hunter2')
    await expect.poll(() => open.size).toBe(0)
    await new Promise((resolve) => server.close(resolve))
  })
})

/** The Worker's source, bundled as for deployment. */
async function bundle(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'edgeroom-store-'))
  try {
    const config = join(folder, 'wrangler.json')
    const main = join(import.meta.dirname, 'store-worker.ts')
    await writeFile(config, JSON.stringify({ name: 'caller', main, compatibility_date: COMPATIBILITY_DATE }))
    const wrangler = join(ROOT, 'node_modules/.bin/wrangler')
    await promisify(execFile)(wrangler, ['deploy', '--config', config, '--dry-run', '--outdir', folder], {
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
    })
    return await readFile(join(folder, 'store-worker.js'), 'utf8')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
