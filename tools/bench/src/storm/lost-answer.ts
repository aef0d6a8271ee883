/** Owns one request whose answer never reaches who has asked. Does not own what was asked. */
import { request } from 'node:http';
import type { Question } from '../ask-on.js';

/**
 * Resolves when the connection is gone. `sent`: it breaks as soon as the request is out; the server may or may not have read
 * it. `answered`: it breaks when the server has answered, before a byte of the body is read: whatever was done is done.
 */
export function askAndLose(
  url: string,
  { method = 'POST', headers, body = '' }: Question,
  when: 'sent' | 'answered',
): Promise<void> {
  return new Promise((resolve) => {
    const asking = request(url, { method, headers, agent: false });
    asking.on('error', () => undefined);
    asking.on('close', resolve);
    asking.on('response', () => asking.destroy());
    asking.end(body, () => {
      if (when === 'sent') setImmediate(() => asking.destroy());
    });
  });
}
