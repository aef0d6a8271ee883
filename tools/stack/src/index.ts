// What other tools need of the stack: the built services as processes, and an outside client with a person at a browser.
export { argumentsOf, wholeNumber } from './command/arguments.js';
export { bootstrapFor, startAuthService, startResourceService, type ServiceSettings } from './e2e/built-services.js';
export { Endings } from './e2e/endings.js';
export { Fleet } from './e2e/keys/fleet.js';
export { KeyDesk } from './e2e/keys/key-desk.js';
export { read as readToken } from './e2e/keys/shown-token.js';
export { basic, Outside, textOf, tokensOf, type RegisteredClient } from './e2e/outside-client.js';
export { PlainBrowser } from './person/plain-browser.js';
export { counted, progressTo, some, stamped, type Progress, type Step, type Tell } from './progress/progress.js';
export type { BootstrapFile } from './start/bootstrap-file.js';
