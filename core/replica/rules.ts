/**
 * Who may do what, as a replica knows it: the room's policy, this user's part in it, and what is said in the room. What a welcome
 * says is as of its seq; commits up to there, which may follow it, have nothing to add to it but what was said in them.
 */

import { applyPolicy, mayEdit, policyOf, roleOf } from '../model/policy.ts'
import { isFileChange, isPolicyChange } from '../protocol/changes.ts'
import type { Authenticated, Commit, Entry, Policy, Role, Welcome } from '../protocol/messages.ts'
import type { Effect } from './effects.ts'

export class Rules {
  #policy: Policy | null = null
  /** The policy here is that of this commit, or of a later one. */
  #seq = 0
  #user = ''
  #granted: Role | null = null

  /** Null before the first welcome. */
  get policy(): Policy | null {
    return this.#policy
  }

  /** What this user may do now; null before the first welcome, when nobody has said otherwise. */
  get role(): Role | null {
    if (this.#policy === null) return null
    return roleOf(this.#policy, { user: this.#user, role: this.#granted }) ?? 'viewer'
  }

  /** Whether this user may change files now. Before the first welcome nobody has said otherwise. */
  get mayEdit(): boolean {
    return this.role === null || mayEdit(this.role)
  }

  welcome({ policy, seq, user, granted }: Welcome): Effect {
    // Of a room that is older than this client, some of it may be missing.
    this.#policy = policyOf(policy)
    this.#seq = seq
    this.#user = user
    this.#granted = granted
    return { type: 'policy' }
  }

  authenticated({ granted }: Authenticated): Effect {
    this.#granted = granted
    return { type: 'policy' }
  }

  /** Takes what an entry of a commit has beside changes of files. */
  hear({ user, client, changes }: Entry, { seq, at }: Commit, effects: Effect[]): void {
    for (const change of changes) {
      if (isFileChange(change)) continue
      if (!isPolicyChange(change)) {
        effects.push({ type: 'chat', seq, at, user, client, name: change.name ?? '', text: change.text })
      } else if (this.#policy !== null && seq > this.#seq) {
        this.#policy = applyPolicy(this.#policy, change)
        effects.push({ type: 'policy' })
      }
    }
  }
}
