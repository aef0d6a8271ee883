import { digestOf } from '../digest.js';
import type { EndpointRequest } from '../endpoint.js';
import { Unavailable } from '../errors.js';
import { Parameters } from '../parameters.js';
import type { Client } from '../ports/client.js';
import type { ClientAttempts, FailedClient } from '../ports/client-attempts.js';
import { aClient, CLIENT_SECRET, nobodyIsLimited } from '../testing/builders.js';
import { authenticateClient } from './authenticate.js';
import { ASSERTION_TYPE, type ClientAssertion } from './client-assertion.js';
import type { ClientAssertions } from './client-assertions.js';
import { readBasicCredentials } from './basic-credentials.js';

const client = aClient();
/** For whatever presents none. */
const noAssertions = { faultOf: () => Promise.reject(new Error('no assertion was presented')) };
const basic = (id: string, secret: string): string => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

const authenticate = (
  registered: Client,
  authorization: string | undefined,
  body: string,
  attempts = nobodyIsLimited,
  assertions: Pick<ClientAssertions, 'faultOf'> = noAssertions,
): Promise<Client> => {
  const request: EndpointRequest = {
    method: 'POST',
    query: '',
    body,
    contentType: undefined,
    address: '192.0.2.1',
    authorization,
    prefer: undefined,
    ifNoneMatch: undefined,
  };
  const clients = { find: (id: string) => Promise.resolve(id === registered.clientId ? registered : undefined) };
  return authenticateClient(request, Parameters.read(body), { clients, attempts, assertions });
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
    ['an assertion without its type', client, undefined, 'client_assertion=x'],
    ['a type without its assertion', client, undefined, `client_assertion_type=${encodeURIComponent(ASSERTION_TYPE)}`],
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
    for (const other of ['client_assertion=x', 'client_assertion_type=x']) {
      const both = authenticate(client, undefined, `${body}&${other}`);
      await expect(both).rejects.toMatchObject({ code: 'invalid_request' });
      const beside = authenticate(client, basic(id, CLIENT_SECRET), other);
      await expect(beside).rejects.toMatchObject({ code: 'invalid_request' });
    }
  });

  it('accepts the registered method, and either of two live secrets', async () => {
    const two = aClient({ secretDigests: [digestOf('1'.repeat(64)), digestOf(CLIENT_SECRET)] });
    await expect(authenticate(two, basic(id, CLIENT_SECRET), `client_id=${id}`)).resolves.toBe(two);
    await expect(authenticate(two, basic(id, '1'.repeat(64)), '')).resolves.toBe(two);
    await expect(authenticate(post, undefined, `client_id=${id}&client_secret=${CLIENT_SECRET}`)).resolves.toBe(post);
    await expect(authenticate(open, undefined, `client_id=${id}`)).resolves.toBe(open);
  });
});

describe('RFC 6749 §2.3.1 "MUST protect any endpoint utilizing it against brute force attacks"', () => {
  const id = client.clientId;
  const limit = { policy: 'client-authentication', quota: 10, windowSeconds: 60, remaining: 0, resetSeconds: 7 };
  const watched = (beyond: boolean): { attempts: ClientAttempts; failures: FailedClient[] } => {
    const failures: FailedClient[] = [];
    return {
      failures,
      attempts: {
        ...nobodyIsLimited,
        failed: (failure) => {
          failures.push(failure);
          return Promise.resolve(beyond ? limit : undefined);
        },
      },
    };
  };

  it('tells a failure beyond the limit nothing but that, and when to come back', async () => {
    const { attempts } = watched(true);
    await expect(authenticate(client, basic(id, 'wrong'), '', attempts)).rejects.toMatchObject({
      ...{ code: 'temporarily_unavailable', status: 429, limit },
    });
  });

  it('keeps no right secret out, whatever has failed before', async () => {
    const { attempts, failures } = watched(true);
    await expect(authenticate(client, basic(id, CLIENT_SECRET), '', attempts)).resolves.toBe(client);
    expect(failures).toEqual([]);
  });

  it('counts each failure once, and says of whom', async () => {
    const { attempts, failures } = watched(false);
    await expect(authenticate(client, basic(id, 'wrong'), '', attempts)).rejects.toMatchObject({ status: 401 });
    await expect(authenticate(client, basic('nobody', 'x'), '', attempts)).rejects.toMatchObject({ status: 401 });
    await expect(authenticate(client, undefined, '', attempts)).rejects.toMatchObject({ status: 401 });
    const address = '192.0.2.1';
    expect(failures).toEqual([
      { clientId: id, address, known: true, reason: 'wrong secret' },
      { clientId: 'nobody', address, known: false, reason: 'unknown or disabled client' },
    ]);
  });

  it('counts an assertion that proves nothing, of a client that exists and of one that does not', async () => {
    const { attempts, failures } = watched(false);
    const keyed = aClient({ tokenEndpointAuthMethod: 'private_key_jwt', secretDigests: [] });
    const seen: (Client | undefined)[] = [];
    const judging = {
      faultOf: (_assertion: ClientAssertion, named: Client | undefined) => {
        seen.push(named);
        return Promise.resolve('wrong signature');
      },
    };
    for (const [registered, sub] of [
      [keyed, id],
      [keyed, 'nobody'],
      [client, id],
      [aClient({ ...keyed, enabled: false }), id],
    ] as const) {
      const parts = [{ alg: 'ES256' }, { iss: sub, sub, aud: 'x', jti: 'x', exp: 1 }, 'x'].map((part) =>
        Buffer.from(JSON.stringify(part)).toString('base64url'),
      );
      const body = `client_assertion=${parts.join('.')}&client_assertion_type=${encodeURIComponent(ASSERTION_TYPE)}`;
      await expect(authenticate(registered, undefined, body, attempts, judging)).rejects.toMatchObject({ status: 401 });
    }
    // Nobody's keys are asked about but those of a client that proves itself so.
    expect(seen).toEqual([keyed, undefined, undefined, undefined]);
    expect(failures.map(({ clientId, known, reason }) => [clientId, known, reason])).toEqual([
      [id, true, 'wrong signature'],
      ['nobody', false, 'wrong signature'],
      [id, true, 'wrong signature'],
      [id, true, 'wrong signature'],
    ]);
  });

  it('counts nothing when nobody can tell', async () => {
    const { attempts, failures } = watched(false);
    const clients = { find: () => Promise.reject(new Unavailable('PostgreSQL')) };
    const request = { method: 'POST', query: '', body: '', contentType: undefined, authorization: basic(id, 'x') };
    const asked = { ...request, prefer: undefined, ifNoneMatch: undefined };
    await expect(
      authenticateClient(asked, Parameters.read(''), { clients, attempts, assertions: noAssertions }),
    ).rejects.toThrow(Unavailable);
    expect(failures).toEqual([]);
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
