/**
 * People in a room: who is here, where they are, what they said. Positions are UTF-16 units of this
 * client's local texts.
 */
import type { Role } from '../core/protocol/messages.ts'

export interface SelectionRange {
  /** UTF-16 units of the local text. */
  readonly anchor: number
  readonly head: number
}

export interface PeerInfo {
  readonly session: string
  readonly client: string
  readonly user: string
  readonly name: string
  /** A CSS colour, stable per user, readable on light and dark backgrounds. */
  readonly color: string
  /** Their role in the room. */
  readonly role: Role
  /** Id of the file they look at, or null. */
  readonly file: string | null
  /** UTF-16 units of this client's local text; empty while the file is not open here. */
  readonly selections: readonly SelectionRange[]
  /** The visible part of the file, in the same units; null when unknown. */
  readonly viewport: SelectionRange | null
  readonly data: Readonly<Record<string, unknown>>
}

/** A user in the room, with all their windows. */
export interface PersonInfo {
  readonly user: string
  readonly name: string
  readonly color: string
  readonly role: Role
  readonly isMe: boolean
  /** Their sessions, the most recently active first. For this user: those in other windows. */
  readonly sessions: readonly PeerInfo[]
}

/**
 * A token signed for the room. It admits its user until it expires or is revoked. The token itself cannot
 * be read back.
 */
export interface InvitationInfo {
  /** The argument of `revokeInvitation`. */
  readonly id: string
  readonly user: string
  readonly name: string
  /** `owner` for the owner's own tokens. */
  readonly role: Role
  /** When it was made and when it expires: Unix ms by the room's clock. */
  readonly at: number
  readonly expires: number
}

/** A token that the room issued to its owner. */
export interface OwnToken {
  /** Null when the owner must use a token of the identity provider. */
  readonly token: string | null
  /** Unix ms. */
  readonly expires: number | null
}

/** A chat message. */
export interface ChatMessage {
  /** The seq of its commit; `chat({ before })` pages by it. */
  readonly seq: number
  /** Unix ms by the room's clock. */
  readonly at: number
  readonly user: string
  /** The author's name at that time. */
  readonly name: string
  readonly color: string
  readonly text: string
}

/** Position of the user that this user follows. */
export interface Followed {
  readonly user: string
  readonly name: string
  readonly color: string
  /** Path of the file they look at, or null. */
  readonly path: string | null
  /** UTF-16 units; null when unknown and while the file is not open here. */
  readonly viewport: SelectionRange | null
  readonly selections: readonly SelectionRange[]
}

export interface Whereabouts {
  /** Id of the file this user looks at. */
  readonly file?: string | null
  readonly selections?: readonly SelectionRange[]
  /** The visible part of the file. */
  readonly viewport?: SelectionRange | null
  readonly data?: Readonly<Record<string, unknown>>
}
