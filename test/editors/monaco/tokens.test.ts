/**
 * A fault of Monaco's own, with no binding near it. The tests in a browser let its report pass: once this
 * test fails, Monaco has mended it, and they need not any more.
 */

import { errorHandler } from 'monaco-editor/base/common/errors'
import { EncodedTokenizationResult, TokenizationRegistry } from 'monaco-editor/editor/common/languages'
import { NullState } from 'monaco-editor/editor/common/languages/nullTokenize'
import { expect, it } from 'vitest'
import { createModel, rangeOf } from './model.ts'
import { TOKENS_FAULT } from './tokens-fault.ts'

/** The part of a model that renders its lines. */
interface Tokenized {
  readonly tokenization: { forceTokenization(line: number): void; getLineTokens(line: number): void }
}

it('Monaco reports tokens that do not match their line after two plain edits', () => {
  TokenizationRegistry.register('plaintext', {
    getInitialState: () => NullState,
    tokenizeEncoded: (_line: string, _hasEol: boolean, state: object) =>
      new EncodedTokenizationResult(new Uint32Array([0, 1]), [], state),
  })
  const reported: string[] = []
  errorHandler.unexpectedErrorHandler = ({ message }) => reported.push(message)
  const model = createModel('ab\ncd')
  const { tokenization } = model as unknown as Tokenized
  tokenization.forceTokenization(2)
  model.applyEdits([{ range: rangeOf(model, 3, 3), text: 'y\nz' }])
  model.applyEdits([{ range: rangeOf(model, 1, 3), text: '' }])
  expect(model.getValue()).toBe('ay\nzcd')
  tokenization.getLineTokens(1)
  expect(reported).toEqual([TOKENS_FAULT])
})
