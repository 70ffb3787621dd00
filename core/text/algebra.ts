// The pure op functions of ot-text-unicode. Its `apply` is not used, since it is linear in the text. The
// library's own types allow deletes that carry text; given only `{d: number}` it produces only such deletes,
// and it never changes its arguments.

import { type as library } from 'ot-text-unicode'
import type { TextOp } from './op.ts'

interface Algebra {
  transform(op: TextOp, over: TextOp, side: 'left' | 'right'): TextOp
  compose(a: TextOp, b: TextOp): TextOp
}

export const algebra: Algebra = library as Algebra
