import type { AuthorizationRequest } from '@latchkey/protocol';
import { fakeClock } from '@latchkey/tokens/testing';
import { InProcessEphemeral } from '../persistence/in-process/ephemeral.js';
import { Interactions } from './interactions.js';

const SHORT: AuthorizationRequest = {
  ...{ clientId: 'c'.repeat(32), redirectUri: 'https://app.example/cb', redirectUriSent: true, responseMode: 'query' },
  ...{ requestedScope: ['openid'], prompt: [], clientGeneration: 0, state: 'x'.repeat(128) },
};
const LONG: AuthorizationRequest = { ...SHORT, state: 'x'.repeat(4000) };
const LIFETIME_SECONDS = 600;

describe('what waits for a person does not fill the Redis of the feed', () => {
  it('however many networks begin it: the long ones end first, and the others go on', async () => {
    const clock = fakeClock();
    const ephemeral = new InProcessEphemeral(clock);
    const interactions = new Interactions(ephemeral, LIFETIME_SECONDS);
    const begin = (request: AuthorizationRequest, network: number) =>
      interactions.open(request, 'browser', `198.51.100.${network}`);
    for (let count = 0; count < 9_999; count += 1) await ephemeral.count('interactions-long', LIFETIME_SECONDS);
    expect(await begin(LONG, 1)).toBeDefined();
    expect(await begin(LONG, 2)).toBeUndefined();
    expect(await begin(SHORT, 2)).toBeDefined();
    clock.advance(LIFETIME_SECONDS * 1000);
    expect(await begin(LONG, 2)).toBeDefined();
  });

  it('and a request with a state of 800 characters is not among the long ones', async () => {
    const ephemeral = new InProcessEphemeral(fakeClock());
    for (let count = 0; count < 10_000; count += 1) await ephemeral.count('interactions-long', LIFETIME_SECONDS);
    const request = { ...SHORT, state: 'x'.repeat(800) };
    expect(await new Interactions(ephemeral, LIFETIME_SECONDS).open(request, 'browser', '198.51.100.1')).toBeDefined();
  });
});
