export { AdminProblem, type Fault } from './admin-problem.js';
export { clientCredentials, type ClientCredentialsOptions, TokenRefused } from './client-credentials.js';
export { each, type Page } from './each.js';
export * from './operations.js';
export type { AdminClientOptions, Answered, RequestOptions, TokenSource } from './sender.js';
