/**
 * The settings of a deployment, each with its name, default, unit and meaning: variables that are numbers,
 * variables that are text, and bindings. Nothing else names a setting or its default; `npm run docs` writes
 * the tables of docs/operations.md from here, which is what `about` is for (Markdown, relative to that
 * page). Values are parsed in values.ts. Long because it is one table.
 */
import { DEFAULT_PACER } from '../../core/authority/pacer.ts'
import { DEFAULT_BUDGET } from '../../core/flush/budget.ts'
import { DAY_MS, DEFAULT_FLUSH } from '../../core/flush/policy.ts'
import { DEFAULT_LIMITS } from '../../core/protocol/limits.ts'
import { ABOVE_ZERO, DELAY, FROM_ZERO, type Range, TIMEOUT, TIMER, wholeOf } from './values.ts'

export interface NumberSetting {
  /** Used if the variable is not set; null if something else than a number applies then. */
  readonly default: number | null
  /** How the docs show the default, where it is no number. */
  readonly shown?: string
  readonly unit: string
  readonly range: Range
  readonly about: string
}

export interface TextSetting {
  /** What applies if the variable is not set, as the docs show it. */
  readonly default: string
  readonly about: string
}

export interface Binding {
  readonly about: string
}

/**
 * The platform accepts frames of 32 MiB, and a UTF-16 unit may take three bytes. With a higher limit a
 * client would be disconnected for a frame within its limit, reconnect, and be disconnected again.
 */
const FRAME_UNITS: Range = { least: 1, most: Math.floor((32 * 1024 * 1024) / 3) }

/** A hundred years, in days. */
const DAYS: Range = { least: 0, most: 36_500 }

const { rates } = DEFAULT_LIMITS

export const NUMBERS = {
  FLUSH_IDLE_MS: {
    default: DEFAULT_FLUSH.idleMs,
    unit: 'ms',
    range: DELAY,
    about:
      'A room flushes when nothing has been committed for this long, or for as long as it was edited if that is longer. 0: at once.',
  },
  FLUSH_MAX_AGE_MS: {
    default: DEFAULT_FLUSH.maxAgeMs,
    unit: 'ms',
    range: DELAY,
    about:
      'No commit waits longer than this for its flush, even while people keep typing. 0: each is flushed at once.',
  },
  FLUSH_MAX_BYTES: {
    default: DEFAULT_FLUSH.maxBytes,
    unit: 'bytes',
    range: ABOVE_ZERO,
    about:
      "When this much is unflushed, the room flushes at once: a large flush takes as much of the object's 128 MB.",
  },
  CLIENT_DAYS: {
    default: DEFAULT_FLUSH.clientMs / DAY_MS,
    unit: 'days',
    range: DAYS,
    about:
      'A client that has submitted nothing for this many days is forgotten, in the room and in `clients`: its id is free, and a submission that it had sent before, whose ack never came, would be applied again. 0: none is forgotten.',
  },
  FLUSH_RETRY_MS: {
    default: DEFAULT_FLUSH.retryMs,
    unit: 'ms',
    range: TIMEOUT,
    about:
      'The first wait after a failed flush. It doubles with each further failure; each wait is a random time between half and all of it.',
  },
  FLUSH_RETRY_MAX_MS: {
    default: DEFAULT_FLUSH.retryMaxMs,
    unit: 'ms',
    range: TIMEOUT,
    about: 'The longest wait after a failed flush. Not below `FLUSH_RETRY_MS`.',
  },
  FLUSH_CONCURRENT: {
    default: DEFAULT_BUDGET.concurrent,
    unit: 'flushes',
    range: ABOVE_ZERO,
    about: 'Concurrent flushes, over all rooms.',
  },
  FLUSH_PER_WINDOW: {
    default: DEFAULT_BUDGET.perWindow,
    unit: 'flushes',
    range: ABOVE_ZERO,
    about: 'Flushes that begin within `FLUSH_WINDOW_MS`, over all rooms.',
  },
  FLUSH_WINDOW_MS: {
    default: DEFAULT_BUDGET.windowMs,
    unit: 'ms',
    range: TIMEOUT,
    about: 'The window of `FLUSH_PER_WINDOW`.',
  },
  FLUSH_SHARDS: {
    default: 1,
    unit: 'objects',
    range: ABOVE_ZERO,
    about:
      'Number of objects that share the budget; each has its part of the two limits. One object grants some hundreds of flushes a second.',
  },
  FLUSH_LEASE_MS: {
    default: DEFAULT_BUDGET.leaseMs,
    unit: 'ms',
    range: TIMEOUT,
    about:
      'After this a lease that was not returned is free again, and its flush counts as failed. At least three times `DATABASE_TIMEOUT_MS`: a flush may write, learn that the database went back, read what it has and write again. More than 4 Mi units are written in several calls; if rooms are large and the database is slow, set it higher, or more than `FLUSH_CONCURRENT` flushes may run at once.',
  },
  DATABASE_TIMEOUT_MS: {
    default: 10_000,
    unit: 'ms',
    range: TIMEOUT,
    about:
      'A call to the database that has not been answered for this long counts as failed. If you raise it, raise `FLUSH_LEASE_MS` too.',
  },
  SILENCE_MS: {
    // The SDK sends something, or pings, every half minute.
    default: 60_000,
    unit: 'ms',
    range: DELAY,
    about:
      'A client that has sent nothing for this long, not even a ping, is gone for the others, after twice as long at most. While several people are connected the room wakes to check, which costs one row and some milliseconds: more often than this where something happens, every ten minutes where nothing does, and not at all for one person alone. 0: never.',
  },
  GRACE_MS: {
    default: 5 * 60_000,
    unit: 'ms',
    range: DELAY,
    about:
      'How long a room stays at the edge after the last person has left. 0: it is let go as soon as Postgres has everything. Not below `COMMIT_INTERVAL_MS`.',
  },
  TAIL_COMMITS: {
    default: 2_000,
    unit: 'commits',
    range: ABOVE_ZERO,
    about:
      'Commits that a room keeps at the edge for clients that reconnect; up to twice as many before it prunes. Older ones are read from Postgres.',
  },
  MAX_FILE_BYTES: {
    default: DEFAULT_LIMITS.fileBytes,
    unit: 'UTF-8 bytes',
    range: ABOVE_ZERO,
    about: 'The size of one file.',
  },
  MAX_FILES: {
    default: DEFAULT_LIMITS.files,
    unit: 'files',
    range: ABOVE_ZERO,
    about: 'Files of one room.',
  },
  MAX_ROOM_BYTES: {
    default: DEFAULT_LIMITS.roomBytes,
    unit: 'UTF-8 bytes',
    range: FROM_ZERO,
    about:
      'The size of all files of one room together. They are on disk; only those in use are in memory (see [Memory](#memory)). 0: no limit.',
  },
  HELLO_MS: {
    default: DEFAULT_LIMITS.helloMs,
    unit: 'ms',
    range: TIMEOUT,
    about: 'Time that a new connection has for its hello.',
  },
  MAX_FRAME_UNITS: {
    default: DEFAULT_LIMITS.frameUnits,
    unit: 'UTF-16 units',
    range: FRAME_UNITS,
    about:
      'One frame from a user who may edit; others may send 65,536. The platform accepts no more than 32 MiB.',
  },
  MAX_HELLO_UNITS: {
    default: DEFAULT_LIMITS.helloUnits,
    unit: 'UTF-16 units',
    range: ABOVE_ZERO,
    about: 'What a connection may send before its hello is accepted.',
  },
  MAX_CHANGES: {
    default: DEFAULT_LIMITS.changes,
    unit: 'changes',
    range: ABOVE_ZERO,
    about: 'Changes of one submission.',
  },
  MAX_PRESENCE_UNITS: {
    default: DEFAULT_LIMITS.presenceUnits,
    unit: 'UTF-16 units',
    range: ABOVE_ZERO,
    about: 'One presence message.',
  },
  MAX_SELECTIONS: {
    default: DEFAULT_LIMITS.selections,
    unit: 'selections',
    range: ABOVE_ZERO,
    about: 'Selections in one presence message.',
  },
  SUBMITS_PER_SECOND: {
    default: rates.submit.perSecond,
    unit: 'per second',
    range: FROM_ZERO,
    about:
      'Submissions of one user to a room, over all connections, sustained. A large one counts as several (docs/protocol.md, L3). 0: no limit, as for a benchmark.',
  },
  SUBMIT_BURST: {
    default: rates.submit.burst,
    unit: 'submissions',
    range: ABOVE_ZERO,
    about: 'The same, at once.',
  },
  CHAT_PER_SECOND: {
    default: rates.chat.perSecond,
    unit: 'per second',
    range: FROM_ZERO,
    about: 'Chat messages of one user in a room, over all connections, sustained. 0: no limit.',
  },
  CHAT_BURST: {
    default: rates.chat.burst,
    unit: 'messages',
    range: ABOVE_ZERO,
    about: 'The same, at once.',
  },
  PRESENCE_PER_SECOND: {
    default: rates.presence.perSecond,
    unit: 'per second',
    range: FROM_ZERO,
    about:
      'Presence messages of one user in a room, over all connections, sustained. The SDK sends at most 25 a second on each. 0: no limit.',
  },
  PRESENCE_BURST: {
    default: rates.presence.burst,
    unit: 'messages',
    range: ABOVE_ZERO,
    about: 'The same, at once.',
  },
  REQUESTS_PER_SECOND: {
    default: rates.request.perSecond,
    unit: 'per second',
    range: FROM_ZERO,
    about:
      'Everything else that one user sends to a room, sustained: requests for texts and blobs. 0: no limit.',
  },
  REQUEST_BURST: {
    default: rates.request.burst,
    unit: 'requests',
    range: ABOVE_ZERO,
    about:
      'The same, at once. It has to exceed the number of files that one person has open, since a client that reconnects may request all of them at once.',
  },
  ADDRESS_USERS: {
    default: DEFAULT_LIMITS.addressUsers,
    unit: 'users',
    range: FROM_ZERO,
    about:
      'All guests behind one address together may do as much as this many users, under any names: for the four rates above and the three below. Enough for a class of 200 behind one address, where not everybody does everything at once; raise it if thousands share one. Within a room, signed users are counted only by themselves. 0: addresses are not counted.',
  },
  CONNECTS_PER_MINUTE: {
    // A hundred tabs that reconnect at once.
    default: 120,
    unit: 'per minute',
    range: FROM_ZERO,
    about:
      'How often one user may connect, to any room, whatever the result: as many in a burst, and then per minute. An address: `ADDRESS_USERS` times as often, including signed users. 0: no limit. See [Rates](#rates).',
  },
  ROOMS_PER_MINUTE: {
    default: 30,
    unit: 'per minute',
    range: FROM_ZERO,
    about: 'How many rooms one user may create, likewise.',
  },
  INVITATIONS_PER_MINUTE: {
    // A teacher who invites a large class.
    default: 300,
    unit: 'per minute',
    range: FROM_ZERO,
    about: 'How many invitations one user may create, likewise.',
  },
  MAX_CONNECTIONS: {
    default: DEFAULT_LIMITS.connections,
    unit: 'connections',
    range: FROM_ZERO,
    about:
      "Connections of one room. A fifth of them is reserved for signed users and those to whom the owner gave a role; the owner gets in beyond the limit. Half of them may be open without having sent a hello. 0: no limit but the platform's 32,768.",
  },
  MAX_CONNECTIONS_PER_USER: {
    default: DEFAULT_LIMITS.connectionsPerUser,
    unit: 'connections',
    range: FROM_ZERO,
    about:
      'Connections of one user to one room: tabs, and remains of broken connections. People without a token are not counted as one user; `MAX_CONNECTIONS` applies to them. 0: no limit.',
  },
  MAX_SEND_QUEUE_UNITS: {
    default: DEFAULT_LIMITS.sendQueueUnits,
    unit: 'UTF-16 units',
    range: FROM_ZERO,
    about:
      'Commits and presence that may wait in the send queue of one slow reader before it is disconnected to come back. One string serves all who wait for it. 0: no limit.',
  },
  COMMIT_INTERVAL_MS: {
    default: DEFAULT_PACER.commitIntervalMs,
    shown: 'a display frame',
    unit: 'ms',
    range: TIMER,
    about:
      'Least time between two commits of a room. Empty: 16 ms where several edits are to be expected within them, up to 50 ms in a room with too much to do, and none otherwise. 0: none at all. Above 0, the edits of several people share a row and a frame: cheaper, and later by as much.',
  },
  FRAMES_PER_SECOND: {
    default: DEFAULT_PACER.framesPerSecond,
    shown: 'no limit',
    unit: 'per second',
    range: ABOVE_ZERO,
    about:
      'Frames that a room may send for commits: the more people are in it, the rarer its commits. Empty: no limit.',
  },
} as const satisfies Record<string, NumberSetting>

export const TEXTS = {
  AUTH_SECRET: {
    default: 'none',
    about:
      'Secret, at least 32 characters: the key for signing tokens and guest ids. Required in production: see [below](#configuration-hosts-and-origins).',
  },
  AUTH_JWKS_URL: {
    default: 'none',
    about:
      "The address of your identity provider's public keys (its `jwks_uri`), https. With it, your users' tokens are accepted: see [Who gets in](#who-gets-in).",
  },
  AUTH_ISSUER: {
    default: 'none',
    about:
      'The `iss` of accepted tokens, exactly, including a trailing slash. Required with `AUTH_JWKS_URL`.',
  },
  AUTH_AUDIENCE: {
    default: 'none',
    about: 'The `aud` of accepted tokens; several are separated by commas. Required with `AUTH_JWKS_URL`.',
  },
  ENVIRONMENT: {
    default: '`production`',
    about: '`production` or `local`. `npm start` and the tests run locally.',
  },
  ALLOWED_ORIGINS: {
    default: 'its own',
    about: 'Origins of other pages that may call: `https://app.example.com,https://…`, or `*` for all.',
  },
  DATABASE_URL: {
    default: 'none',
    about:
      'Secret. The Postgres that rooms are flushed to: `postgresql://user:password@host/database`, reached over HTTP at Neon. Without it, and without `HYPERDRIVE`, rooms exist only in their objects, and nothing is ever deleted there.',
  },
  NEON_ENDPOINT: {
    default: "Neon's own",
    about:
      "Where the driver sends its HTTP requests instead: for a proxy that speaks Neon's `/sql` protocol.",
  },
} as const satisfies Record<string, TextSetting>

export const BINDINGS = {
  ROOM: { about: 'Required. The objects of the rooms.' },
  FLUSH_BUDGET: { about: 'Required. The objects of the flush budget.' },
  ASSETS: { about: 'The files of the demo. Without it there is no demo.' },
  HYPERDRIVE: { about: 'A Hyperdrive binding to any Postgres. Used instead of `DATABASE_URL`.' },
  CONNECTS_BY_USER: { about: 'Rate limit of the platform for `CONNECTS_PER_MINUTE`: see [Rates](#rates).' },
  CONNECTS_BY_ADDRESS: { about: 'The same for an address, `ADDRESS_USERS` times as high.' },
  ROOMS_BY_USER: { about: 'Rate limit of the platform for `ROOMS_PER_MINUTE`.' },
  ROOMS_BY_ADDRESS: { about: 'The same for an address.' },
  INVITATIONS_BY_USER: { about: 'Rate limit of the platform for `INVITATIONS_PER_MINUTE`.' },
  INVITATIONS_BY_ADDRESS: { about: 'The same for an address.' },
} as const satisfies Record<string, Binding>

export type NumberName = keyof typeof NUMBERS
export type VariableName = NumberName | keyof typeof TEXTS
export type SettingName = VariableName | keyof typeof BINDINGS

/** These variables as wrangler passes them: text, or unset. */
export type Variables<Name extends VariableName> = { readonly [N in Name]?: string }

/** The value of a setting that is a number, or its default. @throws Error naming the setting and its range */
export function numberOf<Name extends NumberName>(
  vars: Variables<Name>,
  name: Name,
): number | (typeof NUMBERS)[Name]['default'] {
  const { default: fallback, range } = NUMBERS[name]
  return wholeOf(name, vars[name], fallback, range)
}
