/**
 * People as the SDK shows them: who is here, where they are, what they said. Positions are UTF-16 units of this client's local texts.
 */
import type { Role } from '../core/protocol/messages.ts'

export interface SelectionRange {
  /** UTF-16 units in the local text */
  readonly anchor: number
  readonly head: number
}

export interface PeerInfo {
  readonly session: string
  readonly client: string
  readonly user: string
  readonly name: string
  /** A CSS colour, stable per user, readable on light and dark. */
  readonly color: string
  /** What they may do here. */
  readonly role: Role
  /** The file the peer looks at, or null. */
  readonly file: string | null
  /** In UTF-16 units of this client's local text; empty while the file is not open here. */
  readonly selections: readonly SelectionRange[]
  /** What of the file the peer sees, likewise; null where that is not known. */
  readonly viewport: SelectionRange | null
  readonly data: Readonly<Record<string, unknown>>
}

/** Somebody in the room, with all their windows: one user is one person. */
export interface PersonInfo {
  readonly user: string
  readonly name: string
  readonly color: string
  readonly role: Role
  readonly isMe: boolean
  /** Their sessions; of this user, those in other windows. The one that moved last comes first. */
  readonly sessions: readonly PeerInfo[]
}

/** A token that was signed for the room: it lets somebody in until it expires or is taken back. The token itself is nobody's to read. */
export interface InvitationInfo {
  /** What `revokeInvitation` takes. */
  readonly id: string
  readonly user: string
  readonly name: string
  /** `owner` for those that the owner has for their own use. */
  readonly role: Role
  /** When it was made, and when it expires: Unix ms by the room's clock. */
  readonly at: number
  readonly expires: number
}

/** A token that the room gave its owner. */
export interface OwnToken {
  /** Null where the owner has to show a token of the identity provider. */
  readonly token: string | null
  /** Unix ms */
  readonly expires: number | null
}

/** Something said in the room. */
export interface ChatMessage {
  /** Of the commit that has it: what `chat({before})` pages by. */
  readonly seq: number
  /** ms since the epoch of Unix, by the room's clock */
  readonly at: number
  readonly user: string
  /** What they were called then. */
  readonly name: string
  readonly color: string
  readonly text: string
}

/** Where somebody is whom this user follows. */
export interface Followed {
  readonly user: string
  readonly name: string
  readonly color: string
  /** Path of the file they look at; null while they look at none. */
  readonly path: string | null
  /** In UTF-16 units; null where they are not known, as long as the file is not open here. */
  readonly viewport: SelectionRange | null
  readonly selections: readonly SelectionRange[]
}

export interface Whereabouts {
  /** id of the file this user looks at */
  readonly file?: string | null
  readonly selections?: readonly SelectionRange[]
  /** What of the file can be seen. */
  readonly viewport?: SelectionRange | null
  readonly data?: Readonly<Record<string, unknown>>
}
