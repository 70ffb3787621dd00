/**
 * The benchmark's own entry of the Worker: in addition to the normal routes, `/bench/<room>` returns the
 * instance id of the room's object, which shows whether it was evicted, and the number of rows it has
 * written, as the platform bills them. Rows are counted only with BENCH_ROWS=1, because counting has a cost.
 */
import type { Env } from '../../../workers/env.ts'
import worker, { Room as EdgeroomRoom, FlushBudgetObject } from '../../../workers/index.ts'

export { FlushBudgetObject }

type RoomEnv = ConstructorParameters<typeof EdgeroomRoom>[1] & { readonly BENCH_ROWS?: string }

const PROBE = 'https://bench.invalid/'

export class Room extends EdgeroomRoom {
  readonly #instance = crypto.randomUUID()
  readonly #count: { rows: number } | null

  constructor(ctx: DurableObjectState, env: RoomEnv) {
    const count = env.BENCH_ROWS === '1' ? countRows(ctx.storage) : null
    super(ctx, env)
    this.#count = count
  }

  override async fetch(request: Request): Promise<Response> {
    if (request.url !== PROBE) return super.fetch(request)
    return Response.json({ instance: this.#instance, rows: this.#count?.rows ?? null })
  }
}

/** Setting an alarm is billed as a row, too. */
function countRows(storage: DurableObjectStorage): { rows: number } {
  const count = { rows: 0 }
  const { sql } = storage
  const exec = sql.exec.bind(sql)
  sql.exec = ((query: string, ...bindings: unknown[]) => {
    const cursor = exec(query, ...bindings)
    count.rows += cursor.rowsWritten
    return cursor
  }) as typeof sql.exec
  const setAlarm = storage.setAlarm.bind(storage)
  storage.setAlarm = (...time) => {
    count.rows++
    return setAlarm(...time)
  }
  return count
}

export default {
  fetch(request: Request, env: Env, context: ExecutionContext): Response | Promise<Response> {
    const [, room] = /^\/bench\/([^/]+)$/.exec(new URL(request.url).pathname) ?? []
    return room === undefined ? worker.fetch(request, env, context) : env.ROOM.getByName(room).fetch(PROBE)
  },
}
