// Owns: the three addresses of the one-command stack. Does not own: anything that answers there.

export interface Addresses {
  readonly issuer: string;
  readonly adminUrl: string;
  readonly apiUrl: string;
}

/** The defaults of the services, each replaced by the variable of that service. */
export const addressesFrom = (env: NodeJS.ProcessEnv): Addresses => ({
  issuer: env['ISSUER'] ?? 'http://localhost:4000',
  adminUrl: env['ADMIN_URL'] ?? 'http://localhost:4001',
  apiUrl: env['API_IDENTIFIER'] ?? 'http://localhost:4002',
});

/** The port of a URL, as the text that a configuration takes. */
export function portOf(url: string): string {
  const { port, protocol } = new URL(url);
  return port === '' ? (protocol === 'https:' ? '443' : '80') : port;
}
