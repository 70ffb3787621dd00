/**
 * One room under attack. The room is created and let go, so that it comes back from Postgres, and is
 * attacked while Postgres alone has its texts and commits; then healthy people join and type among
 * attackers. When the attack is over, everything is compared: healthy replicas, the server, Postgres, the
 * replayed log, and the attackers' model.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SocketFactory } from '../../client/types.ts'
import { fill } from '../../core/model/blobs.ts'
import type { Commit } from '../../core/protocol/messages.ts'
import type { LocalDatabase } from '../../dev/postgres/local-database.ts'
import { type Copy, differences, type Fate, replay } from '../chaos/checker.ts'
import { markersIn } from '../chaos/markers.ts'
import { flush, seqOf, served, stored } from '../chaos/records.ts'
import { Ruler } from '../chaos/ruler.ts'
import { Chance } from '../random.ts'
import { Attacker } from './attacker.ts'
import { coldStart } from './attacks/cold-start.ts'
import { load } from './attacks/load.ts'
import { Healthy, SHARED } from './healthy.ts'
import { files } from './input/messages.ts'
import { RoomModel } from './oracle/room-model.ts'
import type { Place } from './place.ts'
import { BURST, CONNECTIONS_PER_USER, GRACE_MS, LIMITS } from './settings.ts'
import type { Tally } from './tally.ts'

const HEALTHY = 3
const ATTACKERS = 6
/** How often the room comes back from Postgres before healthy people join. */
const COLD_STARTS = 2
/** Commits that the room has before the first attack. */
const PAST = 40
/** Time limit, in ms, for the room to recover after the last attack. */
const WELL_MS = 60_000
/** ms between two policy changes by the owner */
const RULE_MS = 150

export interface World {
  readonly url: string
  readonly database: LocalDatabase
  readonly tally: Tally
}

export class Harness {
  readonly #world: World
  readonly #room: string
  readonly #chance: Chance
  readonly #fates = new Map<string, Fate>()
  readonly #healthy: Healthy[] = []
  /** The owner's token. */
  #token = ''

  constructor(world: World, room: string, chance: Chance) {
    this.#world = world
    this.#room = room
    this.#chance = chance
  }

  get #url(): string {
    return `${this.#world.url}/api/rooms/${this.#room}`
  }

  /** The slowest ack of a healthy person, in ms, and how many markers they typed. */
  get health(): { readonly slowest: number; readonly typed: number } {
    return {
      slowest: Math.max(0, ...this.#healthy.map(({ slowest }) => slowest)),
      typed: this.#healthy.reduce((sum, { typed }) => sum + typed, 0),
    }
  }

  /** Attacks until this many frames were sent in total. Findings go to the tally. */
  async run(frames: number): Promise<void> {
    const { tally } = this.#world
    const isDone = () => tally.frames >= frames || tally.wrong.length > 0
    const place = await this.#place()
    // Receives every commit from here on, so that the model has no gap.
    const recorder = await this.#past(place)
    try {
      for (let i = 0; i < COLD_STARTS && tally.wrong.length === 0; i++) {
        await this.#letGo(recorder)
        await recorder.resume()
        await coldStart(place, this.#world.database, this.#fork())
      }
      if (tally.wrong.length > 0) return
      for (let i = 0; i < HEALTHY; i++) await this.#join(place)
      await Promise.all([load(place, ATTACKERS, this.#fork(), isDone), this.#rule(isDone)])
      if (tally.wrong.length === 0) await within(WELL_MS, this.#end(place, recorder))
    } finally {
      recorder.leave()
      await Promise.all(this.#healthy.map((person) => person.leave()))
    }
  }

  #fork(): Chance {
    return new Chance(`${this.#chance.uint32()}`)
  }

  async #place(): Promise<Place> {
    const { url, tally } = this.#world
    const files = {
      ...Object.fromEntries(SHARED.map((path) => [path, ''])),
      'attack/first.txt': 'first 😀\n',
      'attack/second.txt': 'x'.repeat(50_000),
    }
    const body = JSON.stringify({ room: this.#room, files })
    const made = await fetch(`${url}/api/rooms`, { method: 'POST', body })
    if (!made.ok) throw new Error(`the room could not be created: ${await made.text()}`)
    this.#token = ((await made.json()) as { token: string }).token
    const status = (await (await fetch(this.#url)).json()) as { files: { file: string; path: string }[] }
    const shared = status.files.filter(({ path }) => path.startsWith('shared/')).map(({ file }) => file)
    return {
      url,
      room: this.#room,
      model: new RoomModel(),
      tally,
      limits: LIMITS,
      owners: new Map(),
      healthy: new Set(),
      shared: new Set(shared),
      burst: BURST,
      connectionsPerUser: CONNECTIONS_PER_USER,
      isAway: false,
    }
  }

  /** Creates some commits, and returns the attacker that did. */
  async #past(place: Place): Promise<Attacker> {
    const founder = new Attacker('founder', place, this.#fork())
    await founder.join()
    const file = files(founder)[0]?.file
    for (let i = 0; i < PAST && place.tally.wrong.length === 0; i++) {
      const op = [i === 0 ? 'large '.repeat(5_600) : `${i} `]
      const changes = [{ type: 'edit', file, op }]
      const text = JSON.stringify({ type: 'submit', n: founder.nextN(), base: founder.base, changes })
      await founder.send([{ kind: 'past', text, isHarmless: false }])
    }
    return founder
  }

  /** Disconnects the last client, so that the room is let go. */
  async #letGo(last: Attacker): Promise<void> {
    last.leave()
    await flush(this.#url, WELL_MS)
    await sleep(GRACE_MS * 3)
  }

  async #join(place: Place): Promise<void> {
    const name = `h${String.fromCharCode(97 + this.#healthy.length)}`
    const site = {
      url: place.url,
      room: this.#room,
      fates: this.#fates,
      wrong: place.tally.wrong,
      clients: place.healthy,
    }
    this.#healthy.push(await Healthy.join(name, site, this.#fork()))
  }

  /** The owner changes the policy now and then, until `isOver`. */
  async #rule(isOver: () => boolean): Promise<void> {
    const { url, tally } = this.#world
    const socket: SocketFactory = (...target) => new WebSocket(...target)
    const realm = { url, room: this.#room, socket, wrong: tally.wrong }
    const ruler = await Ruler.join(this.#token, realm, this.#fork())
    while (!isOver()) {
      ruler.rule()
      await sleep(RULE_MS)
    }
    await ruler.settled()
    ruler.leave()
  }

  /** Compares everything, after the last attack. */
  async #end(place: Place, recorder: Attacker): Promise<void> {
    const { tally } = place
    await Promise.all(this.#healthy.map((person) => person.finish()))
    const server = await served(this.#url)
    await this.#caughtUp(place.model, recorder)
    const copies = await this.#copies(server)
    await flush(this.#url, WELL_MS)
    const { copy, log } = await stored(this.#world.database, this.#room)
    const commits = log.map(({ body, blobs }) => fill(JSON.parse(body) as Commit, (blob) => blobs?.[blob]))
    const modelled = [...place.model.now.files.values()].filter(({ text }) => text !== null)
    const model: Copy = {
      name: 'the model',
      texts: new Map(modelled.map(({ path, text }) => [path, text ?? ''])),
    }
    const replayed: Copy = { name: 'the log, replayed', texts: replay(commits) }
    tally.wrong.push(
      ...place.model.wrong,
      ...log.flatMap(({ seq }, i) =>
        seq === i + 1 ? [] : [`the log has commit ${seq} instead of ${i + 1}`],
      ),
      ...[...copies, copy, replayed].flatMap((other) => differences(server.texts, other)),
      ...differences(new Map([...server.texts].filter(([path]) => model.texts.has(path))), model),
      ...this.#markers(server.texts, commits),
    )
  }

  /**
   * Resolves when the model has every commit: what was broadcast may still be on its way to the recorder.
   */
  async #caughtUp(model: RoomModel, recorder: Attacker): Promise<void> {
    const seq = await seqOf(this.#url)
    while (model.now.sealed < seq) {
      if (!recorder.isIn) await recorder.resume()
      await sleep(20)
    }
  }

  /** The replicas of healthy people, once they equal the server's texts, or at the deadline. */
  async #copies(server: Copy): Promise<Copy[]> {
    const deadline = Date.now() + WELL_MS / 4
    for (;;) {
      const copies = await Promise.all(this.#healthy.map((person) => person.copy()))
      if (copies.every((copy) => differences(server.texts, copy).length === 0) || Date.now() > deadline)
        return copies
      await sleep(50)
    }
  }

  /** Markers typed by healthy people occur once, and those that they removed do not occur. */
  #markers(texts: ReadonlyMap<string, string>, commits: readonly Commit[]): string[] {
    const counts = new Map<string, number>()
    for (const text of texts.values())
      for (const marker of markersIn(text)) counts.set(marker, (counts.get(marker) ?? 0) + 1)
    return [...this.#fates].flatMap(([marker, fate]) => {
      const times = counts.get(marker) ?? 0
      return times === (fate === 'present' ? 1 : 0)
        ? []
        : [`${marker} should be ${fate} but occurs ${times} times${removalOf(marker, commits)}`]
    })
  }
}

/** The commit that took a marker out, in words. */
function removalOf(marker: string, commits: readonly Commit[]): string {
  const has = (count: number) =>
    [...replay(commits.slice(0, count)).values()].some((text) => markersIn(text).includes(marker))
  let there = commits.findIndex(({ entries }) => markersIn(entries).includes(marker)) + 1
  if (there === 0) return '; no commit has it'
  let gone = commits.length
  if (has(gone)) return ''
  while (gone - there > 1) {
    const middle = Math.floor((there + gone) / 2)
    if (has(middle)) there = middle
    else gone = middle
  }
  const { seq, entries } = commits[gone - 1] ?? {}
  return `; removed by commit ${seq}: ${JSON.stringify(entries).slice(0, 1_000)}`
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const given = new AbortController()
  const late = sleep(ms, undefined, { signal: given.signal }).then((): never => {
    throw new Error(`the room has not recovered ${ms / 1000} s after the last attack`)
  })
  late.catch(() => {})
  return Promise.race([work, late]).finally(() => given.abort())
}
