// Owns: which settings `npm start` makes itself, and that whoever gives one of them is told so. Does not own: their values.

/** What to do instead. */
const INSTEAD = {
  PORT: 'the port is that of ISSUER, and the sample API’s that of API_IDENTIFIER',
  ADMIN_PORT: 'the port is that of ADMIN_URL',
  DATABASE_URL: 'it brings a PostgreSQL of its own; to use yours, start the services (npm run build)',
  MIGRATION_DATABASE_URL: 'it brings a PostgreSQL of its own; to use yours, start the services (npm run build)',
  KEY_ENCRYPTION_KEY: 'it keeps its key in the file key-encryption-key of its data folder; put yours there',
  BOOTSTRAP_ADMIN_CLIENT_ID: 'it draws the first admin client and keeps it in bootstrap.json',
  BOOTSTRAP_ADMIN_CLIENT_SECRET: 'it draws the first admin client and keeps it in bootstrap.json',
  DEMO_USER: 'it draws the demo person and keeps it in bootstrap.json',
  DEMO_PASSWORD: 'it draws the demo person and keeps it in bootstrap.json',
} as const;

/** @throws Error for a setting that would be without effect: nobody is left to believe that it had one */
export function refuseOwnSettings(env: Readonly<Record<string, string | undefined>>): void {
  const given = Object.entries(INSTEAD).flatMap(([name, instead]) =>
    [name, `${name}_FILE`].filter((each) => (env[each] ?? '') !== '').map((each) => `${each} (${instead})`),
  );
  if (given.length > 0) throw new Error(`npm start makes these settings itself, leave them out: ${given.join('; ')}.`);
}
