/** What the Worker tells a room's object about a connection. The Worker alone sets them; what comes from outside is dropped. */
export const IDENTITY_HEADER = 'x-edgeroom-identity'
export const ROOM_HEADER = 'x-edgeroom-room'
