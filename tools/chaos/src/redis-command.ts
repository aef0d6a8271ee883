// Owns: one command to one Redis, past every proxy. Does not own: which.
import { createClient } from 'redis';

/** Its answer if that is text, else nothing. @throws Error when it does not answer, or with an error */
export async function redisCommand(url: string, ...words: string[]): Promise<string> {
  const client = createClient({ url, RESP: 2, socket: { reconnectStrategy: false } });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const reply: unknown = await client.sendCommand(words);
    return typeof reply === 'string' ? reply : '';
  } finally {
    client.destroy();
  }
}
