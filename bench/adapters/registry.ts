/** Which adapter speaks to which system. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Adapter } from './adapter.ts'
import { type RelayMode, relayAdapter } from './relay.ts'
import { sharedbAdapter } from './sharedb.ts'
import { socketioAdapter } from './socketio.ts'
import { yjsAdapter } from './yjs.ts'

const PEERS: Readonly<Record<string, (url: string) => Adapter>> = {
  ...Object.fromEntries(
    (['relay', 'row', 'limit'] satisfies RelayMode[]).map((mode) => [
      mode,
      (url: string) => relayAdapter(url, mode),
    ]),
  ),
  sharedb: sharedbAdapter,
  hocuspocus: (url) => yjsAdapter(url, 'hocuspocus'),
  'y-partyserver': (url) => yjsAdapter(url, 'y-partyserver'),
  socketio: socketioAdapter,
}

/**
 * @param system a name in systems.ts; one that is no peer is Edgeroom with some settings
 * @param sources where Edgeroom's adapter is from: only that knows the protocol of the room beside it
 */
export async function adapterOf(system: string, url: string, sources: string): Promise<Adapter> {
  const peer = PEERS[system]
  if (peer !== undefined) return peer(url)
  const own = (await import(
    pathToFileURL(join(sources, 'bench/adapters/edgeroom.ts')).href
  )) as typeof import('./edgeroom.ts')
  return own.edgeroomAdapter(url)
}
