/**
 * Owns the least that anybody could do for each workload on this machine: node:http, and the one thing that cannot be left out.
 * They read nothing that is sent, check nothing and know nobody: whoever is as cheap as they are checks nothing, either.
 */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import pg from 'pg';

export interface FloorSettings {
  /** Header and claims as our service signs them, so that as many bytes are signed and sent; an ID token is as an access token. By algorithm. */
  readonly signed: Readonly<Record<'ES256' | 'RS256', { readonly header: string; readonly claims: string }>>;
  /** An introspection's answer as ours. */
  readonly introspected: object;
  /** A token as ours. */
  readonly token: string;
  /** By path, as our service sends them. */
  readonly documents: Readonly<Record<string, Buffer>>;
  /** A PostgreSQL with a table of its own; the same server as that of our service. Without it there are no floors that commit. */
  readonly databaseUrl?: string;
  readonly poolSize: number;
}

/** Answers by itself, later perhaps. */
export type Floor = (response: ServerResponse) => void;

interface OtherTokens {
  readonly refresh_token?: string;
  readonly id_token?: string;
}

/** How many rows are updated in turn: as many as connections may wait, so that none waits for another's row. */
const ROWS = 1024;
const ROW_BYTES = 32;

export function floorsOf(settings: FloorSettings): Readonly<Record<string, Floor>> {
  const { signed, introspected, token, documents, databaseUrl } = settings;
  const es = signer(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, signed.ES256);
  const rs = signer(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, signed.RS256);
  const answerWith = (response: ServerResponse, accessToken: string, others: OtherTokens = {}): void => {
    json(response, { access_token: accessToken, token_type: 'Bearer', expires_in: 300, ...others });
  };
  return {
    '/client_credentials/ES256': (response) => {
      answerWith(response, es());
    },
    '/client_credentials/RS256': (response) => {
      answerWith(response, rs());
    },
    '/introspection': (response) => {
      createHash('sha256').update(token).digest();
      json(response, introspected);
    },
    ...Object.fromEntries(
      Object.entries(documents).map(([path, bytes]): [string, Floor] => [
        path,
        (response) => {
          response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length }).end(bytes);
        },
      ]),
    ),
    ...(databaseUrl === undefined ? {} : committing(settings, databaseUrl, es, answerWith)),
  };
}

/** A signature for each JWT, and one statement that PostgreSQL has committed to its disk. */
function committing(
  { poolSize }: FloorSettings,
  connectionString: string,
  signed: () => string,
  answerWith: (response: ServerResponse, accessToken: string, others: OtherTokens) => void,
): Readonly<Record<string, Floor>> {
  // As ours: connections stay. Ten to be made anew, at half load after a rest, held the first 150 ms of each round.
  const pool = new pg.Pool({ connectionString, max: poolSize, idleTimeoutMillis: 0 });
  let turn = 0;
  const floor =
    (name: string, text: string, values: (digest: Buffer) => readonly unknown[], idToken = false): Floor =>
    (response) => {
      const refreshToken = randomBytes(ROW_BYTES).toString('base64url');
      const digest = createHash('sha256').update(refreshToken).digest();
      pool.query({ name, text, values: [...values(digest)] }).then(
        () => {
          answerWith(response, signed(), { refresh_token: refreshToken, ...(idToken ? { id_token: signed() } : {}) });
        },
        (error: unknown) => {
          response.writeHead(503).end(String(error));
        },
      );
    };
  const rotate = 'UPDATE floor_grants SET digest = $2, generation = generation + 1 WHERE id = $1';
  const rotated = (digest: Buffer): readonly unknown[] => {
    turn = (turn + 1) % ROWS;
    return [turn, digest];
  };
  return {
    '/refresh': floor('refresh', rotate, rotated),
    '/refresh/openid': floor('refresh', rotate, rotated, true),
    '/code': floor('code', 'INSERT INTO floor_codes (digest) VALUES ($1)', (digest) => [digest]),
  };
}

/** To be run once, before a floor commits anything. */
export const FLOOR_TABLES = [
  'CREATE TABLE floor_grants (id integer PRIMARY KEY, digest bytea NOT NULL, generation integer NOT NULL)',
  `INSERT INTO floor_grants SELECT n, ''::bytea, 0 FROM generate_series(0, ${ROWS - 1}) AS n`,
  'CREATE TABLE floor_codes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, digest bytea NOT NULL)',
];

function json(response: ServerResponse, value: object): void {
  const text = JSON.stringify(value);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
}

/** A signature each time over the same bytes: what is signed costs nothing here, the signing does. */
function signer(
  key: KeyObject,
  { header, claims }: { readonly header: string; readonly claims: string },
): () => string {
  const encode = (text: string): string => Buffer.from(text).toString('base64url');
  const input = `${encode(header)}.${encode(claims)}`;
  const bytes = Buffer.from(input);
  return () => `${input}.${sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}
