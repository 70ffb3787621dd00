/** What no answer may show of the inside: stack traces, source files, SQL, connection strings and folders of the machine. */
export const INSIDE =
  /\bat \S+[ :]?\(|\.[cm]?[jt]s\b|Error: |node_modules|sqlite|\b(select|insert|update|delete) \S+ |\bpostgres(ql)?:\/\/|\/(home|root|tmp|usr|var|work)\//i
