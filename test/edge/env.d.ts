/** What `cloudflare:workers` provides to a test: the Worker under test and the bindings of wrangler.toml. */
declare namespace Cloudflare {
  interface GlobalProps {
    mainModule: typeof import('../../workers/index.ts')
  }
  interface Env {
    readonly ROOM: DurableObjectNamespace<import('../../durable-objects/room/object.ts').Room>
  }
}
