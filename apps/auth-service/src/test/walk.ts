/** Owns what a person without JavaScript does between a client's authorization request and the way back to it. */
import type { ScriptBrowser } from '../interaction/test/script-browser.js';
import { PERSON } from './whole-service.js';

/** Logs in where that is asked, and consents where that is. Answers the URL of the client to which the browser is sent. */
export async function walkThrough(browser: ScriptBrowser, issuer: string, url: URL): Promise<URL> {
  let seen = await browser.get(`${url.pathname}${url.search}`);
  for (let step = 0; step < 6; step++) {
    const target = seen.location === '' ? undefined : new URL(seen.location, issuer);
    if (target !== undefined && target.origin !== issuer) return target;
    if (target !== undefined) seen = await browser.get(`${target.pathname}${target.search}`);
    else if (seen.body.includes('id="login-submit"')) {
      seen = await browser.logIn(seen, PERSON.username, PERSON.password);
    } else if (seen.body.includes('id="consent-approve"')) seen = await browser.approve(seen);
    else throw new Error(`answered ${seen.status}: ${seen.body}`);
  }
  throw new Error('the way has no end');
}
