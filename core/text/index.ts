// Texts and their edits: the part of the core that everything else counts on. Pure functions and immutable values.

export * from './checksum.ts'
export * from './compose.ts'
export * from './diff.ts'
export * from './edits.ts'
export * from './invert.ts'
export * from './op.ts'
export * from './text.ts'
export * from './transform.ts'
export { bytesOf, isStorable, pointsOf } from './units.ts'
