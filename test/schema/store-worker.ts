/**
 * A Worker for worker-store.test.ts: an object that makes one call of a Postgres store per request, and
 * returns the result. It is an object because that outlives the response: what a call leaves open stays
 * open.
 */

import type { FileStore } from '../../schema/store.ts'

export interface StoreCall {
  readonly connectionString: string
  readonly timeoutMs: number
  readonly call: { [Method in keyof FileStore]: [Method, ...Parameters<FileStore[Method]>] }[keyof FileStore]
}

export class Caller {
  async fetch(request: Request): Promise<Response> {
    const { connectionString, timeoutMs, call }: StoreCall = await request.json()
    const { postgresStore } = await import('../../schema/stores/postgres.ts')
    try {
      return Response.json({ result: await make(postgresStore(connectionString, { timeoutMs }), call) })
    } catch (error) {
      return Response.json({ error: { ...(error as Error), message: (error as Error).message } })
    }
  }
}

/** The result of a call, as JSON. */
async function make(store: FileStore, call: StoreCall['call']): Promise<unknown> {
  switch (call[0]) {
    case 'load':
      return store.load(call[1])
    case 'texts':
      return [...(await store.texts(call[1], call[2]))]
    case 'commits':
      return store.commits(call[1], call[2], call[3])
    case 'flush':
      return store.flush(call[1])
  }
}

interface Bindings {
  readonly CALLER: { getByName(name: string): { fetch(request: Request): Promise<Response> } }
}

export default {
  fetch: (request: Request, { CALLER }: Bindings) => CALLER.getByName('caller').fetch(request),
}
