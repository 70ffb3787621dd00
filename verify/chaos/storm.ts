/**
 * One room under chaos: its people type, the runtime is killed at random moments and at those that matter,
 * people and the database come and go; then everything settles and is compared. Violations are collected,
 * not thrown.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { isWholeChange } from '../../core/model/blobs.ts'
import { isPolicyChange } from '../../core/protocol/changes.ts'
import type { Commit } from '../../core/protocol/messages.ts'
import type { LocalDatabase } from '../../dev/postgres/local-database.ts'
import type { Runtime } from '../../dev/stack/local-stack.ts'
import { Chance } from '../random.ts'
import { type Copy, differences, type Fate, judge } from './checker.ts'
import { flush, resumed, seqOf, served, stored } from './records.ts'
import { Ruler } from './ruler.ts'
import { type Place, SHARED, Typist } from './typist.ts'
import { Witness } from './witness.ts'

export type Counts = Record<
  | 'kills'
  | 'rooms'
  | 'connections'
  | 'submissions'
  | 'resends'
  | 'acks'
  | 'refusals'
  | 'commits'
  | 'markers'
  | 'chats'
  | 'rulings'
  /** commits of large content and chat */
  | 'mixed',
  number
>

const PEOPLE = 4
/** Chat messages that each person sends while somebody creates a huge file. */
const SPEECHES = 4
/** Time limit, in ms, for a room to recover after the last kill. */
const WELL_MS = 60_000
/** ms that a kill waits for its moment. */
const MOMENT_MS = 3_000

export class Storm {
  readonly #runtime: Runtime
  readonly #database: LocalDatabase
  readonly #chance: Chance
  readonly #name: string
  readonly #witness = new Witness()
  readonly #fates = new Map<string, Fate>()
  readonly #people: Typist[] = []
  #ruler: Ruler | null = null
  #joined = 0
  #isAway = false

  constructor(runtime: Runtime, database: LocalDatabase, chance: Chance, name: string) {
    this.#runtime = runtime
    this.#database = database
    this.#chance = chance
    this.#name = name
  }

  get #url(): string {
    return `${this.#runtime.url}/api/rooms/${this.#name}`
  }

  /** Kills the runtime this many times, waits for recovery, and returns the violations. */
  async run(kills: number, killed: () => void): Promise<string[]> {
    const files = Object.fromEntries(SHARED.map((path) => [path, '']))
    const body = JSON.stringify({ room: this.#name, files })
    const made = await fetch(`${this.#runtime.url}/api/rooms`, { method: 'POST', body })
    if (!made.ok) throw new Error(`the room could not be created: ${await made.text()}`)
    const { token } = (await made.json()) as { token: string }
    const { wrong } = this.#witness
    const realm = { url: this.#runtime.url, room: this.#name, socket: this.#witness.sockets(), wrong }
    this.#ruler = await Ruler.join(token, realm, this.#fork())
    for (let i = 0; i < PEOPLE; i++) await this.#join()
    try {
      for (let i = 0; i < kills; i++) {
        await this.#moment()
        await this.#databaseGoes()
        await this.#runtime.kill()
        killed()
        if (this.#witness.wrong.length > 0) break
        if (this.#chance.chance(0.15)) await this.#replaceOne()
      }
      return await within(WELL_MS, this.#end(), () => this.#people.map(({ state }) => state).join('; '))
    } catch (error) {
      return [...this.#witness.wrong, String(error)]
    } finally {
      this.#ruler?.leave()
      await Promise.all(this.#people.map((typist) => typist.leave()))
    }
  }

  count(counts: Counts): void {
    counts.connections += this.#witness.connections
    counts.commits += this.#witness.commits.size
    counts.markers += this.#fates.size
    const commits = [...this.#witness.commits.values()].map((body) => JSON.parse(body) as Commit)
    for (const changes of commits.map(({ entries }) => entries.flatMap((entry) => entry.changes))) {
      counts.chats += changes.filter(({ type }) => type === 'chat').length
      counts.rulings += changes.filter(isPolicyChange).length
      if (!changes.every(isWholeChange) && changes.some(({ type }) => type === 'chat')) counts.mixed++
    }
    for (const { sent, answer } of this.#witness.submissions.values()) {
      counts.submissions++
      counts.resends += sent - 1
      if (answer === 'reject') counts.refusals++
      else if (answer !== null) counts.acks++
    }
  }

  async #join(): Promise<void> {
    const name = `p${String.fromCharCode(97 + (this.#joined % 26))}${this.#joined++}`
    this.#people.push(await Typist.join(name, this.#place, this.#fork()))
  }

  get #place(): Place {
    return { url: this.#runtime.url, room: this.#name, witness: this.#witness, fates: this.#fates }
  }

  #fork(): Chance {
    return new Chance(`${this.#chance.uint32()}`)
  }

  /**
   * Large and small changes at the same time: somebody creates a huge file while others send long chat
   * messages and type, and the owner changes the policy.
   */
  #crowd(): void {
    const [maker, ...others] = this.#people
    maker?.createHuge()
    // Several times: each is a submission, and the one with the file may have to wait for those before it.
    for (let i = 0; i < SPEECHES; i++) {
      for (const other of others) other.say()
      this.#ruler?.rule()
    }
  }

  /** Somebody finishes and leaves, and somebody new joins. */
  async #replaceOne(): Promise<void> {
    await this.#databaseReturns()
    const [gone] = this.#people.splice(0, 1)
    if (gone === undefined) return
    await within(WELL_MS, gone.finish(), () => gone.state).finally(() => gone.leave())
    await this.#join()
  }

  /** Waits for the next moment to kill. */
  async #moment(): Promise<void> {
    if (this.#isAway) {
      await sleep(this.#chance.int(600))
      await this.#databaseReturns()
    }
    if (this.#chance.chance(0.15)) return sleep(this.#chance.int(300))
    await this.#online()
    if (this.#chance.chance(0.6)) this.#crowd()
    const kind = this.#chance.pick(['time', 'submit', 'commit', 'flush'] as const)
    const times = 1 + this.#chance.int(kind === 'flush' ? 4 : 30)
    if (kind === 'time') await sleep(this.#chance.int(600))
    else await Promise.race([this.#seen(kind, times), sleep(MOMENT_MS, undefined, { ref: false })])
    if (this.#chance.chance(0.5)) await sleep(this.#chance.int(4))
  }

  async #online(): Promise<void> {
    const deadline = Date.now() + WELL_MS
    const wanted = 1 + this.#chance.int(this.#people.length)
    while (this.#people.filter(({ isConnected }) => isConnected).length < wanted) {
      if (Date.now() > deadline) throw new Error('nobody could reconnect')
      await sleep(5)
    }
  }

  #seen(kind: 'submit' | 'commit' | 'flush', times: number): Promise<void> {
    let left = times
    return new Promise((resolve) => {
      const look = () => {
        if (--left > 0) return
        this.#witness.onFrame = () => {}
        this.#database.onRequest = () => {}
        resolve()
      }
      if (kind === 'flush') this.#database.onRequest = look
      else {
        this.#witness.onFrame = (frame) => {
          if (frame === kind) look()
        }
      }
    })
  }

  async #databaseGoes(): Promise<void> {
    if (this.#isAway || !this.#chance.chance(0.1)) return
    this.#isAway = true
    await this.#database.goAway()
  }

  async #databaseReturns(): Promise<void> {
    if (!this.#isAway) return
    await this.#database.comeBack()
    this.#isAway = false
  }

  /** After the last kill: everything has to be acked, and present everywhere. */
  async #end(): Promise<string[]> {
    await this.#databaseReturns()
    await Promise.all([this.#ruler?.settled(), ...this.#people.map((typist) => typist.finish())])
    const lasting = await this.#everywhere()
    await flush(this.#url, WELL_MS)
    const { copy, log } = await stored(this.#database, this.#name)
    const again = await resumed(this.#url, this.#witness.epoch)
    const seq = await seqOf(this.#url)
    const unanswered = [...this.#witness.submissions.values()].filter(({ answer }) => answer === null)
    return [
      ...this.#witness.wrong,
      ...unanswered.map(({ client, n }) => `${client} ${n} was never answered`),
      ...(log.length === seq ? [] : [`Postgres has ${log.length} commits of ${seq}`]),
      ...log.flatMap(({ seq, body }, i) =>
        again[i] === body ? [] : [`commit ${seq} is replayed otherwise than it is stored`],
      ),
      ...judge({
        submissions: this.#witness.submissions.values(),
        commits: this.#witness.commits,
        log,
        copies: [...lasting, copy],
        fates: this.#fates,
      }),
    ]
  }

  /** All replicas, the server's first, once they are equal, or at the deadline. */
  async #everywhere(): Promise<Copy[]> {
    const server = await served(this.#url)
    const deadline = Date.now() + WELL_MS / 4
    for (;;) {
      const copies = await Promise.all(this.#people.map((typist) => typist.copy()))
      const same = copies.every((copy) => differences(server.texts, copy).length === 0)
      if (same || Date.now() > deadline) return [server, ...copies]
      await sleep(50)
    }
  }
}

async function within<T>(ms: number, work: Promise<T>, state: () => string): Promise<T> {
  const given = new AbortController()
  const late = sleep(ms, undefined, { signal: given.signal }).then((): never => {
    throw new Error(`the room has not recovered ${ms / 1000} s after the last kill (${state()})`)
  })
  late.catch(() => {})
  return Promise.race([work, late]).finally(() => given.abort())
}
