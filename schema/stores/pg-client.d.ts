/**
 * As much of node-postgres as postgres-store.ts uses. Its own types bring those of Node along, for all code of the Worker. The
 * package itself would bring its pools too.
 */
declare module 'pg/lib/client.js' {
  export default class Client {
    constructor(config: {
      readonly connectionString: string
      /** Sends what is asked at once, without waiting for the answer before. */
      readonly pipeline: boolean
    })
    readonly connection: { readonly stream: { destroy(): void } }
    on(event: 'error', listener: (error: Error) => void): void
    connect(): Promise<unknown>
    query(sql: string, params?: unknown[]): Promise<{ readonly rows: Record<string, unknown>[] }>
    /** Says goodbye and waits until the connection is closed. */
    end(): Promise<void>
  }
}
