/**
 * Owns what a page shows, as plain data: one type per template in views/. Does not own markup, headers or sentences about
 * protocol errors.
 */
import type { AuthorizationRequest, Client, LoginSession } from '@latchkey/protocol';
import type { ApiScope } from '@latchkey/protocol';

/** The application that asks, and where its answer goes: on every page of an interaction (P4). */
export interface ClientView {
  readonly name: string;
  /** Stands where there is no logo. */
  readonly initial: string;
  readonly logoUri: string | undefined;
  readonly policyUri: string | undefined;
  readonly tosUri: string | undefined;
  /** In the words of the address bar. */
  readonly returnsTo: string;
  /** For the Content-Security-Policy of the page's form. */
  readonly redirectUri: string;
}

export interface LoginPage {
  readonly template: 'login';
  readonly client: ClientView;
  readonly action: string;
  readonly formToken: string;
  readonly username: string;
  /** What went wrong with the attempt before; undefined at first. */
  readonly problem: string | undefined;
}

export interface ConsentPage {
  readonly template: 'consent';
  readonly client: ClientView;
  readonly action: string;
  readonly switchAccount: string;
  readonly formToken: string;
  readonly shown: string;
  readonly username: string;
  readonly scopes: readonly ApiScope[];
  /** The request has changed since the person last saw it. */
  readonly changed: boolean;
}

export interface ProblemPage {
  readonly template: 'problem';
  readonly heading: string;
  readonly sentence: string;
  /** For whoever built the application. */
  readonly code: string | undefined;
  readonly detail: string | undefined;
  /** Where to try again. */
  readonly retry: string | undefined;
}

export type Page = LoginPage | ConsentPage | ProblemPage;

/** What a person says yes to, and as whom. */
export interface Shown {
  readonly client: Client;
  readonly scopes: readonly ApiScope[];
  readonly session: LoginSession;
}

export function clientView(client: Client, request: AuthorizationRequest): ClientView {
  return {
    name: client.clientName,
    initial: firstLetter(client.clientName),
    logoUri: webUri(client.logoUri),
    policyUri: webUri(client.policyUri),
    tosUri: webUri(client.tosUri),
    returnsTo: placeOf(request.redirectUri),
    redirectUri: request.redirectUri,
  };
}

/** A link from a registration is shown only when it leads to the web: `javascript:` leads into this page. */
function webUri(uri: string | undefined): string | undefined {
  if (uri === undefined || !URL.canParse(uri)) return undefined;
  const { protocol, href } = new URL(uri);
  return protocol === 'https:' || protocol === 'http:' ? href : undefined;
}

/** The host, in its ASCII form so that no look-alike letters deceive; an app of the device for a scheme of its own. */
function placeOf(redirectUri: string): string {
  const { protocol, host, hostname } = new URL(redirectUri);
  if (protocol !== 'https:' && protocol !== 'http:') return `an app on this device (${protocol.slice(0, -1)})`;
  return hostname === '127.0.0.1' || hostname === '[::1]' ? `an app on this device (${host})` : host;
}

function firstLetter(name: string): string {
  const [first] = new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(name.trim());
  return first?.segment.toUpperCase() ?? '?';
}
