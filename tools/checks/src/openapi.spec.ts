// What must hold of the OpenAPI document of the admin API, whichever operations are in it.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { adminDocument } from '@latchkey/auth-service/testing';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { DocumentReader, type JsonObject, type ReadOperation } from './openapi-reader.js';

let json: JsonObject;
let document: DocumentReader;
let operations: readonly ReadOperation[];
beforeAll(async () => {
  json = (await adminDocument()) as JsonObject;
  document = new DocumentReader(json);
  operations = document.operations();
});

/** The operations of which this does not hold. */
const without = (holds: (operation: ReadOperation) => boolean): readonly string[] =>
  operations.filter((operation) => !holds(operation)).map(({ id }) => id);

describe('admin-api A4, OpenAPI 3.1: the document', () => {
  it('is valid by the official schema', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(json));
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
    expect(validator.version).toBe('3.1');
  });

  it('leads every reference to something', () => {
    expect(document.deadReferences()).toEqual([]);
  });

  it('names every operation once, with a summary, a tag that is described, and the scope that it needs', () => {
    expect(operations.length).toBeGreaterThan(10);
    const ids = operations.map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(without(({ id, summary }) => /^[a-z][A-Za-z]+$/.test(id) && summary.length > 5)).toEqual([]);
    expect(without(({ tag }) => document.tagDescription(tag).length > tag.length)).toEqual([]);
    const scopes = document.scopes();
    expect(without(({ scope }) => scope.length === 1 && scopes.has(scope[0] ?? ''))).toEqual([]);
  });

  it('says where it is, and where a token is got', () => {
    expect(json['servers']).toMatchObject([{ url: 'http://localhost:4001' }]);
    expect(document.tokenUrl()).toBe('http://localhost:4000/token');
  });

  it('describes every member, parameter and header', () => {
    expect(document.undescribed()).toEqual([]);
  });

  it('has an example of every body, parameter and header, and each is valid', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
    ajv.addSchema(json, 'document');
    const examples = document.examples();
    expect(examples.filter(({ example }) => example === undefined).map(({ at }) => at)).toEqual([]);
    const bad = examples
      .filter(({ schemaAt, example }) => !ajv.validate({ $ref: `document#${schemaAt}` }, example))
      .map(({ at, example }) => `${at}: ${JSON.stringify(example)}`);
    expect(bad).toEqual([]);
  });
});

describe('admin-api A4, A6, A7: every operation of the document', () => {
  const PROBLEMS = [400, 401, 403, 406, 429, 500, 503];

  it('answers what any request may be answered, as problem details', () => {
    expect(without(({ statuses }) => PROBLEMS.every((status) => statuses.includes(status)))).toEqual([]);
    expect(
      without(({ answers }) =>
        answers.every(({ status, types }) => status < 400 || types.join() === 'application/problem+json'),
      ),
    ).toEqual([]);
  });

  it('answers 404 where the path names something, 413 and 415 where a body is read', () => {
    expect(without(({ path, statuses }) => !path.includes('{') || statuses.includes(404))).toEqual([]);
    expect(
      without(({ method, statuses }) => method === 'get' || (statuses.includes(413) && statuses.includes(415))),
    ).toEqual([]);
  });

  it('has the headers that a status asks for', () => {
    const NEEDED: Readonly<Record<number, readonly string[]>> = {
      201: ['Location'],
      304: ['ETag'],
      401: ['WWW-Authenticate'],
      403: ['WWW-Authenticate'],
      412: ['ETag'],
      429: ['Retry-After', 'RateLimit', 'RateLimit-Policy'],
      503: ['Retry-After'],
    };
    expect(
      without(({ answers }) =>
        answers.every(({ status, headers }) => (NEEDED[status] ?? []).every((needed) => headers.includes(needed))),
      ),
    ).toEqual([]);
    expect(document.sharedHeaders('MethodNotAllowed')).toContain('Allow');
  });

  it('takes a condition and answers it wherever it gives a tag', () => {
    const tagged = operations.filter(({ answers }) =>
      answers.some(({ status, headers }) => status === 200 && headers.includes('ETag')),
    );
    expect(tagged.length).toBeGreaterThan(2);
    const [condition, answer] = [
      (method: string) => (method === 'get' ? 'If-None-Match' : 'If-Match'),
      (method: string) => (method === 'get' ? 304 : 412),
    ];
    const odd = tagged.filter(
      ({ method, headerParameters, statuses }) =>
        !headerParameters.includes(condition(method)) || !statuses.includes(answer(method)),
    );
    expect(odd.map(({ id }) => id)).toEqual([]);
  });

  it('refuses by the document whatever it does not know: every object of a request is closed', () => {
    // RFC 7517 §4: "Additional members can be present in the JWK; if not understood by implementations encountering them,
    // they MUST be ignored."
    expect(document.openRequests().filter((at) => !at.endsWith('/jwks/keys/items'))).toEqual([]);
  });

  it('is reached by a link from whatever names what it is about', () => {
    expect(document.deadLinks()).toEqual([]);
    const reached = new Set(document.links().map(({ to }) => to));
    expect(without(({ id, path }) => !path.includes('{') || reached.has(id))).toEqual([]);
  });

  it('shows nobody a filler: no example is just a text, and no time is the year 1970', () => {
    // RFC 7591 §3.2.1: "0 if it will not expire".
    const filler = /"text"|"(?!client_secret_expires_at)[a-z_]+_(at|time)":0[,}]/;
    const shown = document.examples().filter(({ example }) => filler.test(JSON.stringify(example)));
    expect(shown.map(({ at }) => at)).toEqual([]);
  });

  it('has one form per name', () => {
    expect(document.titlesInside()).toEqual([]);
  });
});
