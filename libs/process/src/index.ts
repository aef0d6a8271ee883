/** The door of process: how a service lives, whatever it does. */
export { ARRIVAL_MS, nodeServerOptions } from './arrival.js';
export { certificateFault, keepCertificateCurrent, tlsOptions, type Certificate, type Tls } from './certificate.js';
export { readTls } from './certificate-setting.js';
export { drainOnClose, type Draining } from './draining.js';
export { readJsonText, type JsonFault, type JsonReading } from './json-text.js';
export { createLog, nestLogger, type Logger } from './log.js';
export { NO_SCHEMAS } from './no-schemas.js';
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
  json,
  matching,
  oneOf,
  pem,
  plainHttpUrl,
  serverUrl,
  thirtyTwoBytes,
  wholeNumber,
  type Parse,
} from './setting-values.js';
export { answerBadPath, answerUnreadable, type Unreadable, type UnreadableForm } from './unreadable.js';
