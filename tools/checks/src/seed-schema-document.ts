// Owns: deploy/seed.schema.json, made from the schemas by which a seed is judged. Does not own: any of them.
import { SeedSchema } from '@latchkey/auth-service/seed';

/** Without our own keywords, which an editor does not know. */
export const seedSchemaDocument = (): string =>
  JSON.stringify({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...SeedSchema }, (name, value: unknown) =>
    name.startsWith('x-') || name.startsWith('~') ? undefined : value,
  );
