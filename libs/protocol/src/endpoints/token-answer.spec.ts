import { describe, expect, it } from '@jest/globals';
import { tokenAnswer } from './token-answer.js';

const TOKENS = { access_token: 'a.b-_', token_type: 'Bearer', expires_in: 300, scope: 'a "b\\ü' } as const;

describe('RFC 6749 §5.1 the tokens as JSON', () => {
  it.each([
    ['an access token alone', {}],
    ['a refresh token', { refresh_token: 'r-_' }],
    ['an ID token', { id_token: 'i.d.t' }],
    ['all three', { refresh_token: 'r-_', id_token: 'i.d.t' }],
  ])('are what JSON.stringify would write: %s', (_, others) => {
    const { status, headers, body } = tokenAnswer({ ...TOKENS, ...others });
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([200, 'application/json', 'no-store']);
    expect(body).toBe(JSON.stringify({ ...TOKENS, ...others }));
  });
});
