/**
 * The SDK: `connect` to a room and hold it. Works in browsers and in Node 22+, wherever there is a global
 * WebSocket.
 *
 *     const room = await connect({ url: 'http://127.0.0.1:8787', room: 'demo' })
 *     const file = await room.open('src/App.jsx')
 *     file.edit([{ at: 0, remove: 0, insert: '// hello\n' }])
 *     await room.settled()
 */
export { memberOf } from '../core/model/policy.ts'
export { EditError } from '../core/text/edits.ts'
export { connect } from './connect.ts'
export { errorCodeOf, SdkError, type SdkErrorCode } from './sdk-error.ts'
export type * from './types.ts'
