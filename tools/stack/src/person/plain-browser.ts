// Owns: a browser without JavaScript, as a person at a keyboard would use it: cookies, redirects, forms. Does not own: any page.

export interface Page {
  readonly url: string;
  readonly status: number;
  readonly html: string;
}

/** Where the browser was sent, when that is outside of the server that it talks to: back to the client. */
export interface Arrival {
  readonly location: URL;
}

export class PlainBrowser {
  readonly #cookies = new Map<string, string>();
  readonly #origin: string;

  /** @param site the only server that it really talks to; a redirect to anywhere else is an arrival */
  constructor(site: string) {
    this.#origin = new URL(site).origin;
  }

  /** What the server has planted under this name; undefined when it has not, or took it back. */
  cookie(name: string): string | undefined {
    return this.#cookies.get(name);
  }

  /** Follows redirects until a page is shown or the browser is sent away. */
  async open(url: string | URL, form?: URLSearchParams): Promise<Page | Arrival> {
    let target = new URL(url);
    let body = form;
    for (let hops = 0; hops < 10; hops++) {
      if (target.origin !== this.#origin) return { location: target };
      const response = await fetch(target, {
        redirect: 'manual',
        method: body === undefined ? 'GET' : 'POST',
        headers: { cookie: this.#cookieHeader() },
        ...(body === undefined ? {} : { body }),
      });
      this.#keepCookies(response);
      const html = await response.text();
      const location = response.headers.get('location');
      if (location === null) return { url: target.href, status: response.status, html };
      target = new URL(location, target);
      body = undefined;
    }
    throw new Error('too many redirects');
  }

  /** Fills in the one form of the page, presses the button with this id, and follows where it leads. */
  async submit(page: Page, fields: Readonly<Record<string, string>>, buttonId: string): Promise<Page | Arrival> {
    const action = attribute(/<form\b[^>]*>/i.exec(page.html)?.[0] ?? '', 'action');
    const form = new URLSearchParams();
    for (const [input] of page.html.matchAll(/<input\b[^>]*>/gi)) {
      if (attribute(input, 'type') === 'hidden')
        form.set(attribute(input, 'name') ?? '', attribute(input, 'value') ?? '');
    }
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    const button = [...page.html.matchAll(/<(?:button|input)\b[^>]*>/gi)]
      .map(([tag]) => tag)
      .find((tag) => attribute(tag, 'id') === buttonId);
    if (button === undefined) throw new Error(`there is no ${buttonId} on ${new URL(page.url).pathname}`);
    const name = attribute(button, 'name');
    if (name !== undefined) form.set(name, attribute(button, 'value') ?? '');
    const target = attribute(button, 'formaction') ?? action ?? page.url;
    return this.open(new URL(target, page.url), form);
  }

  #cookieHeader(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  #keepCookies(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const equals = pair.indexOf('=');
      const expired = /;\s*max-age=0/i.test(line) || /;\s*expires=thu, 01 jan 1970/i.test(line);
      if (expired) this.#cookies.delete(pair.slice(0, equals));
      else this.#cookies.set(pair.slice(0, equals), pair.slice(equals + 1));
    }
  }
}

/** Logs in where asked, approves where asked, and answers the address to which the browser was sent back. */
export async function logInAndApprove(
  browser: PlainBrowser,
  authorizationUrl: URL,
  person: { readonly username: string; readonly password: string },
): Promise<URL> {
  let step = await browser.open(authorizationUrl);
  if ('html' in step && step.html.includes('id="login-submit"')) {
    step = await browser.submit(step, { username: person.username, password: person.password }, 'login-submit');
  }
  if ('html' in step && step.html.includes('id="consent-approve"'))
    step = await browser.submit(step, {}, 'consent-approve');
  if ('location' in step) return step.location;
  throw new Error(`the browser stayed at ${new URL(step.url).pathname} with status ${step.status}`);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'" };

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`, 'i').exec(tag)?.[1];
  return value?.replaceAll(
    /&(amp|lt|gt|quot|#39|#x27);/gi,
    (whole, entity: string) => ENTITIES[entity.toLowerCase()] ?? whole,
  );
}
