import { describe, expect, it } from '@jest/globals';
import { isReserved, refuseReserved } from './reserved-audiences.js';

const OWN = { issuer: 'https://id.example', adminUrl: 'https://admin.example' };
const api = (identifier: string, administrative = false) => ({ identifier, administrative });

describe('RFC 8707 §2 an audience of the issuer is no API’s', () => {
  it.each(['https://id.example', 'https://id.example/', 'https://id.example/userinfo', 'HTTPS://admin.example/'])(
    '%s is reserved, and refuses to start where an API is registered so',
    (identifier) => {
      expect(isReserved(identifier, OWN)).toBe(true);
      const start = () => {
        refuseReserved([api('https://notes.example'), api(identifier)], OWN);
      };
      expect(start).toThrow('ADMIN_URL');
      expect(start).toThrow(identifier);
    },
  );

  it('leaves others, and the admin API itself, alone', () => {
    refuseReserved([api('https://notes.example'), api('urn:notes'), api(OWN.adminUrl, true)], OWN);
  });
});
