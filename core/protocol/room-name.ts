/**
 * Valid room names: safe in a URL, a file name, a log line and a header. Client and server both use this
 * rule.
 */
export const ROOM_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

/** The rule in words, to follow "room" in a message. */
export const ROOM_NAME_RULE = 'must be 1 to 64 of A-Z a-z 0-9 _ -, a letter or digit first'
