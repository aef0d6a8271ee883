/** Owns a `fetch` that believes one more certificate: the global one cannot be told to. Does not own what is asked. */
import { request } from 'node:https';

/** Follows no redirect, whatever it is told. */
export function fetchBelieving(ca: string): typeof fetch {
  return async (input, init) => {
    const asked = new Request(input, init);
    const body = Buffer.from(await asked.arrayBuffer());
    return new Promise((resolve, reject) => {
      const headers = { ...Object.fromEntries(asked.headers), 'content-length': String(body.length) };
      const sent = request(asked.url, { method: asked.method, headers, ca, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const status = response.statusCode ?? 0;
          const told = response.rawHeaders.flatMap((name, index): [string, string][] =>
            index % 2 === 0 ? [[name, response.rawHeaders[index + 1] ?? '']] : [],
          );
          const text = status === 204 || status === 304 ? null : Buffer.concat(chunks);
          resolve(new Response(text, { status, headers: told }));
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  };
}
