/**
 * Owns a browser without JavaScript for specs: a cookie jar, forms read from the page and sent back, no redirect followed
 * unasked. Does not own what is expected.
 */
export interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** The Location, as it came. */
  readonly location: string;
  /** Hidden fields of the page's form. */
  readonly hidden: Readonly<Record<string, string>>;
  /** Where the page's form leads. */
  readonly action: string;
}

export class ScriptBrowser {
  readonly jar = new Map<string, string>();

  constructor(private readonly origin: string) {}

  async get(path: string, headers: Record<string, string> = {}): Promise<Seen> {
    return this.send(path, { headers });
  }

  async post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Seen> {
    return this.send(path, {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });
  }

  async send(path: string, init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> }): Promise<Seen> {
    const cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ');
    // No connection is kept, on which a closing app would wait for one more request.
    const headers = { connection: 'close', ...(cookie === '' ? {} : { cookie }), ...init.headers };
    const response = await fetch(new URL(path, this.origin), { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.jar.set(name, value);
    }
    const body = await response.text();
    const hidden: Record<string, string> = {};
    for (const [, name = '', value = ''] of body.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)) {
      hidden[name] = value;
    }
    return {
      status: response.status,
      headers: response.headers,
      body,
      location: response.headers.get('location') ?? '',
      hidden,
      action: /<form method="post" action="([^"]+)"/.exec(body)?.[1] ?? '',
    };
  }

  /** To the login page. */
  async begin(path: string): Promise<Seen> {
    return this.get((await this.get(path)).location);
  }

  async logIn(page: Seen, username: string, password: string): Promise<Seen> {
    return this.post(page.action, { ...page.hidden, username, password, 'login-submit': 'login' });
  }

  /** To the consent page. */
  async beginLoggedIn(path: string, username: string, password: string): Promise<Seen> {
    return this.get((await this.logIn(await this.begin(path), username, password)).location);
  }

  async approve(page: Seen): Promise<Seen> {
    return this.post(page.action, { ...page.hidden, 'consent-approve': 'approve' });
  }

  async deny(page: Seen): Promise<Seen> {
    return this.post(page.action, { ...page.hidden, 'consent-deny': 'deny' });
  }
}
