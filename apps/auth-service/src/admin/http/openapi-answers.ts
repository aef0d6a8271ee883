/**
 * Owns what the document says of every answer that an operation can give: its status, its headers, its form and an example.
 * Does not own the answers.
 */
import { STATUS_CODES } from 'node:http';
import { type Components, type Json, type JsonObject, jsonOf } from './components.js';
import { exampleOf } from './example.js';
import { isWrite, NOTHING, type Operation } from './operation.js';
import { Problem, PROBLEM_TYPE } from './problem.js';

const JSON_TYPE = 'application/json';

const header = (description: string, example: string | number, required = true) => ({
  ...{ description, required, example },
  schema: typeof example === 'number' ? { type: 'integer' as const, minimum: 0 } : { type: 'string' as const },
});
type Headers = Readonly<Record<string, ReturnType<typeof header>>>;

const ETAG = header('Of the resource as GET answers it (RFC 9110 §8.8.3): to be sent as If-Match.', '"9Jx1mYyWv0S4hQ"');
const LOCATION = header('Where the new resource stands (RFC 9110 §10.2.2).', '/admin/v1/…');
/** In a 409 where a key was repeated, and in no other. */
const STANDING = header('Where it stands, if it was done before.', '/admin/v1/…', false);
const RETRY_AFTER = header('In how many seconds it is worth to ask again (RFC 9110 §10.2.3).', 1);
const CHALLENGE = header('What is missing (RFC 6750 §3).', 'Bearer realm="latchkey-admin"');
const ALLOW = header('Which methods there are (RFC 9110 §10.2.1).', 'GET, HEAD');
const APPLIED = header('wait=N, if it was waited (RFC 7240 §3).', 'wait=2', false);
const RATE_LIMIT = header(
  'Which limit it is, how many failures are left of it and in how many seconds all are (draft-ietf-httpapi-ratelimit-headers).',
  '"admin-authentication";r=0;t=42',
);
const RATE_LIMIT_POLICY = header(
  'The limits that hold, and for how long a failure counts.',
  '"admin-authentication";q=100;w=60',
);

const PROBLEM = { $ref: '#/components/schemas/Problem' };

type Described = readonly [description: string, headers?: Headers | undefined];

/** What several operations answer in the same words. */
const SHARED: Readonly<Record<number, Described>> = {
  400: ['The request is not right; every fault is named.'],
  401: ['No valid access token for the admin API.', { 'WWW-Authenticate': CHALLENGE }],
  403: ['The token lacks scope; the challenge names what was missing.', { 'WWW-Authenticate': CHALLENGE }],
  404: ['There is nothing here.'],
  405: ['There is no such method here.', { Allow: ALLOW }],
  406: ['The answer can only be application/json.'],
  412: ['It is another by now than the one that the condition means.', { ETag: ETAG }],
  413: ['The body is larger than 1 MiB.'],
  415: ['The body is of another media type.'],
  422: ['This Idempotency-Key was sent with another body before.'],
  429: [
    'Too many failures from here, or of this client.',
    { 'Retry-After': RETRY_AFTER, RateLimit: RATE_LIMIT, 'RateLimit-Policy': RATE_LIMIT_POLICY },
  ],
  500: ['A bug, of which nothing is said.'],
  503: ['Something that is needed does not answer.', { 'Retry-After': RETRY_AFTER }],
};

/** Where they stand in the document. */
export const SHARED_ANSWER = '#/components/responses/';
const nameOf = (status: number): string => (STATUS_CODES[status] ?? 'Error').replaceAll(/[^A-Za-z]/g, '');

export const sharedAnswers = () =>
  Object.fromEntries(
    Object.entries(SHARED).map(([status, described]) => [
      nameOf(Number(status)),
      problemAnswer(Number(status), described),
    ]),
  );

function problemAnswer(status: number, [description, headers]: Described) {
  const example =
    status === 400
      ? Problem.ofFaults([{ pointer: '/colour', detail: 'is not known here' }])
      : new Problem(status, description.toLowerCase().replace(/\.$/, ''));
  return {
    description,
    ...(headers === undefined ? {} : { headers }),
    content: { [PROBLEM_TYPE]: { schema: PROBLEM, example: jsonOf(example.document()) } },
  };
}

/** Which of them this one can give. */
function sharedStatuses(operation: Operation): readonly number[] {
  const { params, once, tagged } = operation;
  const write = isWrite(operation);
  return [
    ...[400, 401, 403],
    ...(params === NOTHING ? [] : [404]),
    406,
    ...(tagged === true && write && once === undefined ? [412] : []),
    ...(write ? [413, 415] : []),
    ...(once === undefined ? [] : [422]),
    ...[429, 500, 503],
  ];
}

/** Every answer that this operation can give, as the plugin reads it; its links stand at the route. */
export function answersOf(operation: Operation, components: Components): JsonObject {
  const { success, once, tagged, problems = {} } = operation;
  const reference = (status: number): Json => ({ $ref: `${SHARED_ANSWER}${nameOf(status)}` });
  const own: Readonly<Record<number, string>> = {
    ...(once === 'secret' ? { 409: 'Done before under this Idempotency-Key: names what stands.' } : {}),
    ...problems,
  };
  const headers = successHeaders(operation);
  return {
    [success.status]: {
      description: success.description,
      ...(Object.keys(headers).length === 0 ? {} : { headers }),
      content: {
        [JSON_TYPE]: { schema: components.refer(success.schema), example: exampleOf(jsonOf(success.schema)) },
      },
    },
    ...(tagged === true && !isWrite(operation)
      ? { 304: { description: 'It is what you have.', type: 'null', headers: { ETag: ETAG } } }
      : {}),
    ...Object.fromEntries(sharedStatuses(operation).map((status) => [status, reference(status)])),
    ...Object.fromEntries(
      Object.entries(own).map(([code, meaning]) => {
        const status = Number(code);
        const repeated = status === 409 && once === 'secret' ? { Location: STANDING } : undefined;
        return [code, problemAnswer(status, [meaning, SHARED[status]?.[1] ?? repeated])];
      }),
    ),
  };
}

const successHeaders = ({ success, tagged, waits }: Operation): Headers => ({
  ...(success.status === 201 ? { Location: LOCATION } : {}),
  ...(tagged === true ? { ETag: ETAG } : {}),
  ...(waits === true ? { 'Preference-Applied': APPLIED } : {}),
});
