/**
 * Owns that Fastify judges and writes nothing by the schema of a route (ADR 3): each service has one parser of its own. Fastify
 * would load Ajv and fast-json-stringify for every server, whether or not a route has a schema. Does not own that parser.
 */
const refuse = (): never => {
  throw new Error('Fastify is given no schemas here: a route that has one would be judged twice.');
};

/** For `schemaController` of a Fastify instance: one whose route has a schema does not start. */
export const NO_SCHEMAS = { compilersFactory: { buildValidator: refuse, buildSerializer: refuse } };
