/** The door of process: how a service lives, whatever it does. */
export { drainOnClose } from './draining.js';
export { createLog, nestLogger, type Logger } from './log.js';
export { runUntilSignal } from './run-until-signal.js';
export {
  ConfigurationError,
  SettingsReader,
  settingsOf,
  type Environment,
  type ReadFile,
  type Row,
  type Setting,
  type Table,
} from './settings-reader.js';
export {
  anyText,
  audienceUri,
  cidrList,
  issuerUrl,
  matching,
  oneOf,
  pem,
  plainHttpUrl,
  serverUrl,
  thirtyTwoBytes,
  wholeNumber,
  type Parse,
} from './setting-values.js';
