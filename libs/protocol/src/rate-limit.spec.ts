import { limitedFields, rateLimitFields } from './rate-limit.js';

const limit = { policy: 'login', quota: 10, windowSeconds: 900, remaining: 0, resetSeconds: 840 };

describe('draft-ietf-httpapi-ratelimit-headers-11, a limit in structured fields', () => {
  it('names the policy as a String, with its parameters', () => {
    expect(rateLimitFields(limit)).toEqual({
      'ratelimit-policy': '"login";q=10;w=900',
      ratelimit: '"login";r=0;t=840',
    });
  });

  it('RFC 6585 §4: says when to come back, and never at once', () => {
    expect(limitedFields(limit)['retry-after']).toBe('840');
    expect(limitedFields({ ...limit, resetSeconds: 0 })['retry-after']).toBe('1');
  });
});
