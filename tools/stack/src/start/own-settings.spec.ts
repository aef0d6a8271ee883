import { describe, expect, it } from '@jest/globals';
import { refuseOwnSettings } from './own-settings.js';

describe('npm start makes some settings itself', () => {
  it.each(['PORT', 'ADMIN_PORT', 'DATABASE_URL', 'KEY_ENCRYPTION_KEY', 'KEY_ENCRYPTION_KEY_FILE', 'DEMO_USER'])(
    'does not leave anybody to believe that %s had an effect, and does not repeat its value',
    (name) => {
      const give = () => {
        refuseOwnSettings({ [name]: 'gEhEiM' });
      };
      expect(give).toThrow(name);
      expect(give).not.toThrow('gEhEiM');
    },
  );

  it('leaves all others to the services, and an empty one alone', () => {
    refuseOwnSettings({
      ISSUER: 'http://localhost:5000',
      KEY_ENCRYPTION_KEY_PREVIOUS: 'x',
      PORT: '',
      LOG_LEVEL: 'info',
    });
  });
});
