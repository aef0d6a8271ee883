/**
 * Owns the reference of the admin API as a page for people: Scalar's reader (ADR 13), served by us, under a policy that lets
 * it load from us alone. Does not own the document, nor the reader.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Fastify, { type FastifyInstance } from 'fastify';

const PATH = '/admin/docs';
const READER_PATH = `${PATH}/reader.js`;
const ASSETS = [
  { path: `${PATH}/start.js`, file: './assets/start.js', type: 'text/javascript; charset=utf-8' },
  { path: `${PATH}/page.css`, file: './assets/page.css', type: 'text/css; charset=utf-8' },
];
export const DOCS_PATHS = [PATH, READER_PATH, ...ASSETS.map(({ path }) => path)].map((path) => ({
  method: 'GET',
  path,
}));

/** No script but those that we serve, no address but our own: a token that is typed here could go nowhere else. */
const policy = (nonce: string): string =>
  [
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:",
    // The reader brings its stylesheet in its script, and puts it into an element that carries the nonce.
    `style-src 'self' 'nonce-${nonce}'`,
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ].join('; ');

const HEADERS = {
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
};

const page = (nonce: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta property="csp-nonce" content="${nonce}" />
    <title>Latchkey administration</title>
    <link rel="stylesheet" href="${PATH}/page.css" />
  </head>
  <body>
    <noscript>
      <p>The reader needs JavaScript. <a href="/admin/openapi.json">The OpenAPI document</a> holds all that it shows.</p>
    </noscript>
    <div id="reference"></div>
    <script src="${READER_PATH}"></script>
    <script src="${PATH}/start.js"></script>
  </body>
</html>
`;

export function addReferencePage(app: FastifyInstance): void {
  app.get(PATH, async (_request, reply) => {
    const nonce = randomBytes(16).toString('base64url');
    return reply
      .headers({ ...HEADERS, 'content-security-policy': policy(nonce) })
      .type('text/html; charset=utf-8')
      .send(page(nonce));
  });
  for (const { path, file, type } of ASSETS) {
    const content = readFileSync(new URL(file, import.meta.url));
    app.get(path, async (_request, reply) => reply.headers(HEADERS).type(type).send(content));
  }
  let reader: Promise<string> | undefined;
  app.get(READER_PATH, async (_request, reply) =>
    reply
      .headers(HEADERS)
      .header('cache-control', 'private, max-age=3600')
      .type('text/javascript; charset=utf-8')
      .send(await (reader ??= readerScript())),
  );
}

/** Five megabytes, read when somebody reads the page. The package gives its script by a route of its own, and in no other way. */
async function readerScript(): Promise<string> {
  const { default: reference } = await import('@scalar/fastify-api-reference');
  const shelf = Fastify();
  await shelf.register(reference, { routePrefix: '/', configuration: { url: '/' } });
  const { body } = await shelf.inject('/js/scalar.js');
  await shelf.close();
  return body;
}
