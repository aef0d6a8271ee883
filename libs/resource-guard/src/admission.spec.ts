import { describe, expect, it } from '@jest/globals';
import type { Judgement, RefusalReason } from '@latchkey/tokens';
import { accessTokenClaims } from '@latchkey/tokens/testing';
import fc from 'fast-check';
import { Admission, type AdmissionOptions, type AdmissionRequest, type Admittance } from './admission.js';

const claims = accessTokenClaims({ scope: 'notes:read notes:write' });
const genuine: Judgement = { verdict: 'genuine', claims, kid: 'k' };

interface World {
  readonly judgements?: readonly Judgement[];
  readonly ageMs?: number;
  readonly keysLoaded?: boolean;
  readonly keysOutdated?: boolean;
  readonly options?: Partial<AdmissionOptions>;
}

function admissionIn({
  judgements = [genuine],
  ageMs = 0,
  keysLoaded = true,
  keysOutdated = false,
  options = {},
}: World = {}) {
  const world = { judged: 0, refreshed: 0, ageMs, begun: ageMs !== Infinity };
  const admission = new Admission({
    verifier: {
      judge: () => judgements[Math.min(world.judged++, judgements.length - 1)] ?? genuine,
    },
    keys: {
      loaded: keysLoaded,
      outdated: keysOutdated,
      refresh: () => {
        world.refreshed += 1;
        return Promise.resolve();
      },
    },
    knowledge: {
      judgeable: (bound) => world.ageMs <= bound,
      freshness: () => ({ state: world.begun ? 'stale' : 'loading' }),
    },
    ...{ maxStalenessMs: 5000, onStale: 'refuse', resourceMetadata: 'https://api.example/m' },
    ...options,
  });
  return { world, admission };
}

const request = (overrides: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
  ...{ authorization: 'Bearer abc', requiredScope: [] },
  ...overrides,
});
const refused = (reason: RefusalReason): Judgement => ({ verdict: 'refused', reason });

describe('RFC 6750 §3.1 the refusals', () => {
  it('answers a request without a token with 401 and no error', () => {
    expect(admissionIn().admission.admit(request({ authorization: undefined }))).toEqual({
      answer: 'refuse',
      reason: 'no_token',
      refusal: { status: 401, challenge: 'Bearer resource_metadata="https://api.example/m"', body: {} },
    });
  });

  it('answers a malformed header with 400 invalid_request', () => {
    expect(admissionIn().admission.admit(request({ authorization: 'Bearer abc junk' }))).toMatchObject({
      refusal: {
        status: 400,
        challenge: expect.stringContaining('error="invalid_request"'),
        body: { error: 'invalid_request' },
      },
    });
  });

  it('answers too little scope with 403, names what is necessary and what is missing', () => {
    expect(admissionIn().admission.admit(request({ requiredScope: ['notes:read', 'notes:delete'] }))).toMatchObject({
      reason: 'insufficient_scope',
      refusal: {
        status: 403,
        challenge: expect.stringContaining(
          'error="insufficient_scope", error_description="not granted: notes:delete", scope="notes:read notes:delete"',
        ),
      },
    });
  });

  it('admits nobody by a part of a scope name, nor a token without scope', () => {
    for (const scope of ['notes:readonly', 'notes', undefined]) {
      const bare: Judgement = {
        verdict: 'genuine',
        kid: 'k',
        claims: { ...claims, ...(scope === undefined ? { scope: '' } : { scope }) },
      };
      const { admission } = admissionIn({ judgements: [bare] });
      expect(admission.admit(request({ requiredScope: ['notes:read'] }))).toMatchObject({ refusal: { status: 403 } });
    }
  });
});

describe('V15 until the signature is verified all refusals read alike', () => {
  it('answers every reason with the very same words', async () => {
    const reasons: RefusalReason[] = [
      'expired',
      'revoked',
      'bad_signature',
      'wrong_audience',
      'wrong_type',
      'unknown_key',
    ];
    const answers: Admittance[] = [];
    for (const reason of reasons) {
      answers.push(await admissionIn({ judgements: [refused(reason)] }).admission.admit(request()));
    }
    const refusals = answers.map((answer) => (answer.answer === 'refuse' ? JSON.stringify(answer.refusal) : answer));
    expect(new Set(refusals).size).toBe(1);
    expect(answers[0]).toMatchObject({ refusal: { status: 401, body: { error: 'invalid_token' } } });
  });
});

describe('V12 when it cannot tell it answers 503 with Retry-After, never 401 and never 200', () => {
  it('cannot tell before the keys are loaded', () => {
    const { admission, world } = admissionIn({ keysLoaded: false });
    expect(admission.admit(request())).toMatchObject({ answer: 'cannot-tell', status: 503, reason: 'keys_not_loaded' });
    expect(world.judged).toBe(0);
  });

  it.each(['refuse', 'allow'] as const)('cannot tell before the first complete load (V13), onStale %s', (onStale) => {
    const { admission } = admissionIn({ ageMs: Infinity, options: { onStale } });
    expect(admission.admit(request())).toMatchObject({ answer: 'cannot-tell', reason: 'revocations_not_loaded' });
  });

  it('cannot tell of a good token when its knowledge is a millisecond too old', () => {
    expect(admissionIn({ ageMs: 5000 }).admission.admit(request())).toMatchObject({ answer: 'admit' });
    expect(admissionIn({ ageMs: 5001 }).admission.admit(request())).toMatchObject({
      ...{ answer: 'cannot-tell', status: 503, retryAfterSeconds: 1, reason: 'revocations_stale', claims },
    });
  });

  it('can tell of a revoked token however old its knowledge: nothing is ever un-revoked', () => {
    const { admission } = admissionIn({ ageMs: 60_000, judgements: [refused('revoked')] });
    expect(admission.admit(request())).toMatchObject({ answer: 'refuse', reason: 'revoked' });
  });

  it('does not call a key unknown when it may only not have heard of it', async () => {
    const { admission } = admissionIn({ ageMs: 60_000, judgements: [refused('unknown_key')] });
    expect(await admission.admit(request())).toMatchObject({ answer: 'cannot-tell' });
  });

  it.each(['refuse', 'allow'] as const)(
    'does not call a key unknown while newer ones are on their way, onStale %s',
    async (onStale) => {
      const world = { judgements: [refused('unknown_key')], options: { onStale } };
      expect(await admissionIn({ ...world, keysOutdated: true }).admission.admit(request())).toEqual({
        ...{ answer: 'cannot-tell', status: 503, retryAfterSeconds: 1, reason: 'keys_outdated' },
      });
      expect(await admissionIn(world).admission.admit(request())).toMatchObject({
        ...{ answer: 'refuse', reason: 'unknown_key', refusal: { status: 401 } },
      });
    },
  );

  it('admits and refuses by the keys that it has while newer ones are on their way', async () => {
    expect(admissionIn({ keysOutdated: true }).admission.admit(request())).toMatchObject({ answer: 'admit' });
    for (const judgements of [[refused('expired')], [refused('unknown_key'), refused('bad_signature')]]) {
      const { admission } = admissionIn({ keysOutdated: true, judgements });
      expect(await admission.admit(request())).toMatchObject({ answer: 'refuse', refusal: { status: 401 } });
    }
  });

  it('admits on old knowledge where the deployment allows it, but keeps the bound of a route', () => {
    const { admission } = admissionIn({ ageMs: 60_000, options: { onStale: 'allow' } });
    expect(admission.admit(request())).toMatchObject({ answer: 'admit' });
    expect(admission.admit(request({ maxStalenessMs: 400 }))).toMatchObject({ answer: 'cannot-tell' });
  });

  it('lets a route tighten the bound and never loosen it', () => {
    fc.assert(
      fc.property(fc.nat(20_000), fc.nat(20_000), fc.nat(20_000), (ageMs, deployment, route) => {
        const { admission } = admissionIn({ ageMs, options: { maxStalenessMs: deployment } });
        const answer = admission.admit(request({ maxStalenessMs: route }));
        return answer instanceof Promise ? false : (answer.answer === 'admit') === ageMs <= Math.min(deployment, route);
      }),
    );
  });

  it('keeps serving under allow while a new epoch loads', () => {
    const { admission, world } = admissionIn({ options: { onStale: 'allow' } });
    expect(admission.admit(request())).toMatchObject({ answer: 'admit' });
    world.ageMs = Infinity;
    expect(admission.admit(request())).toMatchObject({ answer: 'admit' });
  });

  it('V16 admits nothing under allow either from its end on', () => {
    const { admission, world } = admissionIn({ options: { onStale: 'allow' } });
    expect(admission.admit(request())).toMatchObject({ answer: 'admit' });
    world.begun = false;
    expect(admission.admit(request())).toMatchObject({ answer: 'cannot-tell', status: 503 });
  });
});

describe('V14 no I/O on the request path', () => {
  it('answers at once, without a promise, when the key is known', () => {
    const { admission, world } = admissionIn();
    expect(admission.admit(request())).not.toBeInstanceOf(Promise);
    expect(world.refreshed).toBe(0);
  });

  it('asks once for an unknown key and judges once more', async () => {
    const { admission, world } = admissionIn({ judgements: [refused('unknown_key'), genuine] });
    expect(await admission.admit(request())).toMatchObject({
      answer: 'admit',
      grantedScope: new Set(['notes:read', 'notes:write']),
    });
    expect(world).toMatchObject({ judged: 2, refreshed: 1 });
  });
});
