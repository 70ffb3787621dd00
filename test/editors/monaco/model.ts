/**
 * A real Monaco text model without a page, so that a binding is tested against Monaco's behaviour,
 * including the order of its events. Only the services that a model needs are fakes.
 */
import type { editor, IRange } from 'monaco-editor'
import { ILanguageService } from 'monaco-editor/editor/common/languages/language'
import {
  ILanguageConfigurationService,
  LanguageConfigurationService,
} from 'monaco-editor/editor/common/languages/languageConfigurationRegistry'
import { TextModel } from 'monaco-editor/editor/common/model/textModel'
import { LanguageService } from 'monaco-editor/editor/common/services/languageService'
import { ITreeSitterLibraryService } from 'monaco-editor/editor/common/services/treeSitter/treeSitterLibraryService'
import { InstantiationService } from 'monaco-editor/platform/instantiation/common/instantiationService'
import { ServiceCollection } from 'monaco-editor/platform/instantiation/common/serviceCollection'
import { IUndoRedoService } from 'monaco-editor/platform/undoRedo/common/undoRedo'
import { UndoRedoService } from 'monaco-editor/platform/undoRedo/common/undoRedoService'
import { rangeBetween } from '../../../editors/monaco/changes.ts'

const configuration = { onDidChangeConfiguration: () => ({ dispose() {} }), getValue: () => undefined }
const languages = new LanguageService()
const services = new InstantiationService(
  new ServiceCollection(
    [ILanguageService, languages],
    [ILanguageConfigurationService, new LanguageConfigurationService(configuration, languages)],
    [IUndoRedoService, new UndoRedoService({}, {})],
    [ITreeSitterLibraryService, { supportsLanguage: () => false }],
  ),
)

/** A model as from `editor.createModel`. */
export function createModel(text: string): editor.ITextModel {
  const { DEFAULT_CREATION_OPTIONS } = TextModel
  return services.createInstance(
    TextModel,
    text,
    'plaintext',
    DEFAULT_CREATION_OPTIONS,
    null,
  ) as editor.ITextModel
}

/** @param from UTF-16 units of the model’s text, like `to` */
export function rangeOf(model: editor.ITextModel, from: number, to: number): IRange {
  return rangeBetween(model.getPositionAt(from), model.getPositionAt(to))
}

/** Makes several replacements at once, like an editor command: onto Monaco’s undo stack. */
export function replace(
  model: editor.ITextModel,
  changes: readonly { readonly from: number; readonly to: number; readonly insert: string }[],
): void {
  model.pushEditOperations(
    [],
    changes.map(({ from, to, insert }) => ({ range: rangeOf(model, from, to), text: insert })),
    () => null,
  )
  model.pushStackElement()
}
