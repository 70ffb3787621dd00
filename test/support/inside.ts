/**
 * Internals that no response may reveal: stack traces, source files, SQL,
 * connection strings and local folders.
 */
export const INSIDE =
  /\bat \S+[ :]?\(|\.[cm]?[jt]s\b|Error: |node_modules|sqlite|\b(select|insert|update|delete) \S+ |\bpostgres(ql)?:\/\/|\/(home|root|tmp|usr|var|work)\//i
