// Texts and edits: the foundation of the core. Pure functions and immutable values.

export * from './checksum.ts'
export { compose, composeInsert, composeOps } from './compose.ts'
export * from './diff.ts'
export * from './edits.ts'
export * from './invert.ts'
export * from './op.ts'
export * from './text.ts'
export * from './transform.ts'
export { bytesOf, isStorable, pointsOf } from './units.ts'
