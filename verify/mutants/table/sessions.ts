/** Sessions: hello, client ids, resuming, presence. */
import type { Mutant } from '../mutant.ts'

const LIFECYCLE = 'durable-objects/room/lifecycle.ts'
const LIFECYCLE_TEST = 'test/durable-objects/room/lifecycle.test.ts'
const SESSIONS_TEST = 'test/durable-objects/sessions/session.test.ts'

export const SESSIONS: readonly Mutant[] = [
  {
    name: 'hello deadline',
    rules: ['H2'],
    from: 'sockets that send nothing stay forever',
    source: LIFECYCLE,
    text: 'this.#deadlines.expect(session)',
    without: 'void session',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: '[H2] has a deadline, which other frames do not extend',
      says: 'AssertionError',
    },
  },
  {
    name: 'a hello that waits for commits is in time',
    rules: ['H2'],
    from: 'a client that was away for long is closed while its commits are fetched',
    source: 'durable-objects/room/lifecycle.ts',
    text: 'session.identity !== null || session.waiting !== null || !this.sessions.has(session)',
    without: '!this.sessions.has(session)',
    test: {
      project: 'contract',
      file: LIFECYCLE_TEST,
      title: '[H2] that arrived in time counts, however long fetching its history takes',
      says: 'to be null',
    },
  },
  {
    name: 'replaced connection (4409)',
    rules: ['H5'],
    from: 'two connections of one client both count, and frames of the older one are still accepted',
    source: 'durable-objects/room/attendance.ts',
    text: 'if (older !== undefined) this.leave(older, CLOSE.replaced)',
    without: 'void older',
    test: {
      project: 'contract',
      file: SESSIONS_TEST,
      title: '[H5] replaces the previous session, whose later frames are ignored',
      says: 'AssertionError',
    },
  },
  {
    name: 'client id bound to its user',
    rules: ['H4'],
    from: 'somebody else’s submissions are taken for those of a client whose id became known',
    source: 'durable-objects/room/attendance.ts',
    text: 'if (isTaken(session.principal.user, boundTo, heldBy)) refuse(CLOSE.clientTaken)',
    without: '',
    test: {
      project: 'contract',
      file: SESSIONS_TEST,
      title: '[H4] belongs to one user, connected or in the log',
      says: 'AssertionError',
    },
  },
  {
    name: 'client ids of people without a token',
    rules: ['H4'],
    from: 'people without a token close each other, and take each other’s ids',
    source: 'core/limits/connection-limits.ts',
    text: 'owner !== undefined && (owner !== user || user === SHARED_USER)',
    without: 'owner !== undefined && owner !== user',
    test: {
      project: 'edge',
      file: 'test/edge/room/hello.test.ts',
      title: '[H4] closes no client without a token in favour of another one without a token',
      says: 'instead of rejecting',
    },
  },
  {
    name: "a client's last commit is compared",
    rules: ['H6'],
    from: 'a client resumes into a history that never existed, and diverges silently',
    source: 'durable-objects/room/attendance.ts',
    text: 'if (at !== undefined && log.committedAt(since) !== at) return null',
    without: '',
    test: {
      project: 'contract',
      file: 'test/durable-objects/flush/flushing.test.ts',
      title: 'starts afresh if the room has another commit at its seq, and resumes if it has the same',
      says: 'AssertionError',
    },
  },
  {
    name: 'resume is bounded',
    rules: ['H6'],
    from: 'each client that was away for long, or says so, has all of the log read into memory',
    source: 'durable-objects/room/tail.ts',
    text: 'if (this.#units + log.bodyBytes(seq, this.#from) > RESUME_UNITS) return null',
    without: '',
    test: {
      project: 'contract',
      file: 'test/durable-objects/room/memory.test.ts',
      title: '[H6] starts afresh if it missed too much, none of which is read or sent',
      says: 'resumed',
    },
  },
  {
    name: 'close reasons are cleaned',
    rules: ['T2'],
    from: 'a reason that a frame cannot carry throws, and aborts the whole event',
    source: 'durable-objects/sessions/session.ts',
    text: ".replace(/[^\\x20-\\x7e]/g, '?').slice(0, 123)",
    without: '',
    test: {
      project: 'contract',
      file: SESSIONS_TEST,
      title: '[T2] truncates a close reason to fit its frame, whatever it quotes',
      says: 'AssertionError',
    },
  },
  {
    name: 'presence never enters the log',
    rules: ['P4'],
    from: 'each move of a cursor is a row that is billed',
    source: 'durable-objects/room/message-handler.ts',
    text: '    this.#parts.presence.move(session.id, sighting)\n',
    without:
      "    const moved = { type: 'commit' as const, seq: this.#parts.pipeline.journal.seq + 1, at: 0, entries: [], sums: {} }\n    this.#parts.pipeline.journal.append({ commit: moved, blobs: new Map() }, JSON.stringify({ ...moved, sighting }))\n    this.#parts.presence.move(session.id, sighting)\n",
    test: {
      project: 'edge',
      file: 'test/edge/room/presence.test.ts',
      title: '[P4] is never written',
      says: 'AssertionError',
    },
  },
  {
    name: 'presence reads no old commits',
    rules: ['P2'],
    from: 'each presence message that names an old seq makes the room read and parse its log again',
    source: 'core/authority/recent-commits.ts',
    text: 'return seq < this.from && this.seq - seq > RECENT_COMMITS ? null : this.#allAfter(seq, this.#older)',
    without: 'return this.#allAfter(seq, this.#older)',
    test: {
      project: 'core',
      file: 'test/core/authority/recent-commits.test.ts',
      title: '[P2] exclude older ones: nothing is read',
      says: 'to be null',
    },
  },
]
