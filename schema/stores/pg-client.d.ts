/**
 * The part of node-postgres that stores/postgres.ts uses. The package's own types would add Node's types to
 * all code of the Worker, and its main module its pools.
 */
declare module 'pg/lib/client.js' {
  export default class Client {
    constructor(config: {
      readonly connectionString: string
      /** Sends queries at once, without waiting for the previous result. */
      readonly pipeline: boolean
    })
    readonly connection: { readonly stream: { destroy(): void } }
    on(event: 'error', listener: (error: Error) => void): void
    connect(): Promise<unknown>
    query(sql: string, params?: unknown[]): Promise<{ readonly rows: Record<string, unknown>[] }>
    /** Terminates the session and waits until the connection is closed. */
    end(): Promise<void>
  }
}
