import { describe, expect, it } from '@jest/globals';
import { readConfig } from './config.js';
import { protocolSettings, rotationSpans } from './settings.js';

const LEAST = {
  DATABASE_URL: 'postgres://service@db/latchkey',
  REDIS_URL: 'redis://redis',
  KEY_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64url'),
};

describe('K8 whoever keeps the JWKS has a new key before it signs', () => {
  it.each([
    ['1', 0],
    ['2', 1],
    ['3600', 60],
  ])('announced for %s s, it may be kept for %d s', (announce, maxAge) => {
    const config = readConfig({ ...LEAST, KEY_ANNOUNCE_SECONDS: announce });
    const { jwksMaxAgeSeconds } = protocolSettings(config);
    expect(jwksMaxAgeSeconds).toBe(maxAge);
    expect(jwksMaxAgeSeconds * 1000).toBeLessThan(rotationSpans(config).announceMs);
  });
});
