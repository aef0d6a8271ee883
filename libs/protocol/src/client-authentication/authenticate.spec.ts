import { digestOf } from '../digest.js';
import type { EndpointRequest } from '../endpoint.js';
import { Parameters } from '../parameters.js';
import type { Client } from '../ports/client.js';
import { aClient, CLIENT_SECRET } from '../testing/builders.js';
import { authenticateClient } from './authenticate.js';
import { readBasicCredentials } from './basic-credentials.js';

const client = aClient();
const basic = (id: string, secret: string): string => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

const authenticate = (registered: Client, authorization: string | undefined, body: string): Promise<Client> => {
  const request: EndpointRequest = {
    method: 'POST',
    query: '',
    body,
    contentType: undefined,
    authorization,
    prefer: undefined,
    ifNoneMatch: undefined,
  };
  const clients = { find: (id: string) => Promise.resolve(id === registered.clientId ? registered : undefined) };
  return authenticateClient(request, Parameters.read(body), clients);
};

describe('RFC 6749 §2.3 client authentication', () => {
  const id = client.clientId;
  const post = aClient({ tokenEndpointAuthMethod: 'client_secret_post' });
  const open = aClient({ tokenEndpointAuthMethod: 'none', secretDigests: [] });
  const none = aClient({ secretDigests: [] });

  it.each<[string, Client, string | undefined, string]>([
    ['nothing', client, undefined, ''],
    ['a wrong secret', client, basic(id, 'b'.repeat(64)), ''],
    ['an empty secret', client, basic(id, ''), ''],
    ['an unknown client', client, basic('f'.repeat(32), CLIENT_SECRET), ''],
    ['a disabled client', aClient({ enabled: false }), basic(id, CLIENT_SECRET), ''],
    ['the digest instead of the secret', client, basic(id, digestOf(CLIENT_SECRET)), ''],
    ['no secret where one is due', client, undefined, `client_id=${id}`],
    ['the body where the header is registered', client, undefined, `client_id=${id}&client_secret=${CLIENT_SECRET}`],
    ['the header where the body is registered', post, basic(id, CLIENT_SECRET), ''],
    ['a secret from a public client', open, basic(id, CLIENT_SECRET), ''],
    ['an empty secret for a client without one', none, basic(id, ''), ''],
    ['a body client_id of somebody else', client, basic(id, CLIENT_SECRET), `client_id=${'f'.repeat(32)}`],
    ['another scheme', client, `Bearer ${CLIENT_SECRET}`, `client_id=${id}`],
    ['two headers', client, `${basic(id, CLIENT_SECRET)}, ${basic(id, CLIENT_SECRET)}`, ''],
    ['a client assertion', client, basic(id, CLIENT_SECRET), 'client_assertion=x'],
  ])('refuses %s', async (_, registered, authorization, body) => {
    await expect(authenticate(registered, authorization, body)).rejects.toMatchObject({
      code: 'invalid_client',
      status: 401,
      description: 'client authentication failed',
    });
  });

  it('refuses two methods at once', async () => {
    const body = `client_id=${id}&client_secret=${CLIENT_SECRET}`;
    await expect(authenticate(client, basic(id, CLIENT_SECRET), body)).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('accepts the registered method, and either of two live secrets', async () => {
    const two = aClient({ secretDigests: [digestOf('1'.repeat(64)), digestOf(CLIENT_SECRET)] });
    await expect(authenticate(two, basic(id, CLIENT_SECRET), `client_id=${id}`)).resolves.toBe(two);
    await expect(authenticate(two, basic(id, '1'.repeat(64)), '')).resolves.toBe(two);
    await expect(authenticate(post, undefined, `client_id=${id}&client_secret=${CLIENT_SECRET}`)).resolves.toBe(post);
    await expect(authenticate(open, undefined, `client_id=${id}`)).resolves.toBe(open);
  });
});

describe('R35 RFC 6749 §2.3.1 Basic credentials', () => {
  it('are form-urlencoded before they are base64', () => {
    const header = `basic ${Buffer.from('a%3Ab+c:s%2Bt%25:u').toString('base64')}`;
    expect(readBasicCredentials(header)).toEqual({ clientId: 'a:b c', clientSecret: 's+t%:u' });
  });

  it.each(['Basic', 'Basic !!!', 'Basic Og==', `Basic ${Buffer.from('nocolon').toString('base64')}`, 'Basic YTolJQ=='])(
    'are refused when malformed: %s',
    (header) => {
      expect(readBasicCredentials(header)).toBeUndefined();
    },
  );
});
