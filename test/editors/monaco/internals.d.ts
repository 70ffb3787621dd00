/**
 * The parts of Monaco that make a text model without a page. They are not public: this is what the tests
 * use of them.
 */
declare module 'monaco-editor/editor/common/model/textModel' {
  export const TextModel: { readonly DEFAULT_CREATION_OPTIONS: object }
}
declare module 'monaco-editor/editor/common/languages/language' {
  export const ILanguageService: unknown
}
declare module 'monaco-editor/editor/common/languages/languageConfigurationRegistry' {
  export const ILanguageConfigurationService: unknown
  export const LanguageConfigurationService: new (configuration: object, languages: object) => object
}
declare module 'monaco-editor/editor/common/services/languageService' {
  export const LanguageService: new () => object
}
declare module 'monaco-editor/editor/common/services/treeSitter/treeSitterLibraryService' {
  export const ITreeSitterLibraryService: unknown
}
declare module 'monaco-editor/platform/undoRedo/common/undoRedo' {
  export const IUndoRedoService: unknown
}
declare module 'monaco-editor/platform/undoRedo/common/undoRedoService' {
  export const UndoRedoService: new (dialogs: object, notifications: object) => object
}
declare module 'monaco-editor/platform/instantiation/common/instantiationService' {
  export const InstantiationService: new (
    services: object,
  ) => { createInstance(type: unknown, ...args: readonly unknown[]): unknown }
}
declare module 'monaco-editor/platform/instantiation/common/serviceCollection' {
  export const ServiceCollection: new (...entries: readonly (readonly [unknown, object])[]) => object
}
declare module 'monaco-editor/editor/common/languages' {
  export const TokenizationRegistry: { register(language: string, support: object): void }
  export const EncodedTokenizationResult: new (
    tokens: Uint32Array,
    fonts: readonly object[],
    state: object,
  ) => object
}
declare module 'monaco-editor/editor/common/languages/nullTokenize' {
  export const NullState: object
}
declare module 'monaco-editor/base/common/errors' {
  export const errorHandler: { unexpectedErrorHandler: (error: Error) => void }
}
