import { Installation } from './installation.js';
import { send, tokensOf } from './outside-client.js';

describe('STYLE no secret, code, token or verifier in any log line', () => {
  it('searches the logs of the whole main job at the most talkative level', async () => {
    const installation = await Installation.start({ LOG_LEVEL: 'trace' });
    const secrets = new Map<string, string>();
    try {
      const { outside, bootstrap } = installation;
      const adminToken = await outside.adminToken();
      const client = await outside.createClient();
      const authorized = await outside.authorize(client);
      const tokens = tokensOf(await outside.redeem(client, authorized));
      await outside.notes(tokens.access_token, 'a note');
      const refreshed = tokensOf(await outside.refresh(client, tokens.refresh_token));
      // Faults are logged too: each of these makes a line.
      await outside.redeem(client, { code: authorized.code, verifier: 'w'.repeat(43) });
      await outside.refresh(client, `${refreshed.refresh_token.slice(0, -1)}x`);
      await outside.token({ ...client, client_secret: 'f'.repeat(64) }, { grant_type: 'client_credentials' });
      await outside.redeem(client, authorized);
      await outside.revoke(client, refreshed.access_token);
      await outside.notes(refreshed.access_token);
      await send(`${bootstrap.api_url}/notes?access_token=${tokens.access_token}`);
      await installation.redis.kill();
      await outside.redeem(client, authorized);
      await outside.notes(tokens.access_token);

      const { admin, user } = bootstrap;
      for (const [name, value] of Object.entries({
        adminToken,
        code: authorized.code,
        verifier: authorized.verifier,
        accessToken: tokens.access_token,
        idToken: tokens.id_token ?? '',
        refreshToken: tokens.refresh_token,
        secondAccessToken: refreshed.access_token,
        secondRefreshToken: refreshed.refresh_token,
        clientSecret: client.client_secret ?? '',
        adminSecret: admin.client_secret,
        password: user.password,
        keyEncryptionKey: installation.keyEncryptionKey,
        databasePassword: new URL(installation.database.url).password,
      })) {
        secrets.set(name, value);
      }
    } finally {
      await installation.stop();
    }
    const output = installation.output();
    const lines = output.split('\n').filter((line) => line !== '').length;
    expect(lines).toBeGreaterThan(10);
    for (const [name, value] of secrets) {
      expect(value.length).toBeGreaterThan(10);
      // Also without its signature, its tail, or in base64: a part of a secret is a secret.
      for (const part of [value, value.slice(0, 40), value.slice(-20), Buffer.from(value).toString('base64')]) {
        expect([name, output.includes(part) && part.length > 10]).toEqual([name, false]);
      }
    }
  });
});
