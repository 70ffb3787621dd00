// The pure op functions of ot-text-unicode, and nothing else of it: its `apply` is linear in the text. The library's own types allow
// deletes that carry text. Given only `{d: number}` it makes only such, and it never changes what it is given.

import { type as library } from 'ot-text-unicode'
import type { TextOp } from './op.ts'

interface Algebra {
  transform(op: TextOp, over: TextOp, side: 'left' | 'right'): TextOp
  compose(a: TextOp, b: TextOp): TextOp
}

export const algebra: Algebra = library as Algebra
