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
  /** Undefined where somebody asks for their own account. */
  readonly client: ClientView | undefined;
  readonly action: string;
  readonly formToken: string;
  readonly username: string;
  /** Somebody is logged in, and the application asks for another person. */
  readonly asAnother: boolean;
  /** What went wrong with the attempt before; undefined at first. */
  readonly problem: string | undefined;
}

export interface ChooseAccountPage {
  readonly template: 'choose-account';
  readonly client: ClientView;
  readonly action: string;
  readonly formToken: string;
  readonly shown: string;
  readonly username: string;
}

export interface ConsentPage {
  readonly template: 'consent';
  readonly client: ClientView;
  readonly action: string;
  readonly switchAccount: string;
  readonly formToken: string;
  readonly shown: string;
  readonly username: string;
  readonly scopes: readonly (ApiScope & { readonly allowedBefore: boolean })[];
  /** The request has changed since the person last saw it. */
  readonly changed: boolean;
}

/** An answer on its way to the client. */
export interface FormPostPage {
  readonly template: 'form-post';
  /** The redirect URI. */
  readonly action: string;
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  readonly returnsTo: string;
  /** Presses the button. */
  readonly script: string;
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

export interface AccountSessionView {
  readonly sid: string;
  readonly since: Instant;
  readonly how: string;
  /** The one that shows this page. */
  readonly isThis: boolean;
}

export interface AccountApplicationView {
  readonly clientId: string;
  readonly name: string;
  readonly since: Instant;
  readonly scopes: readonly ApiScope[];
}

/** A part of a list. */
export interface ListView<Item> {
  readonly items: readonly Item[];
  /** Where the next ones are; undefined on the last page. */
  readonly more: string | undefined;
  /** Where the list begins; undefined there. */
  readonly first: string | undefined;
}

export interface AccountPage {
  readonly template: 'account';
  readonly formToken: string;
  readonly username: string;
  /** What was just done. */
  readonly notice: string | undefined;
  readonly sessions: ListView<AccountSessionView>;
  readonly applications: ListView<AccountApplicationView>;
}

export interface PasswordPage {
  readonly template: 'password';
  readonly formToken: string;
  readonly username: string;
  /** What was wrong, and with which field. */
  readonly problem: { readonly sentence: string; readonly field: 'current-password' | 'new-password' } | undefined;
}

/** Where an application wants the person after a log-out. */
export interface ReturnView {
  readonly name: string;
  /** In the words of the address bar. */
  readonly place: string;
  /** To be followed by a person; undefined where it leads to no site. */
  readonly link: string | undefined;
  /** For the Content-Security-Policy of the page's form. */
  readonly uri: string;
}

export interface LogoutPage {
  readonly template: 'logout';
  readonly formToken: string;
  readonly request: string;
  readonly username: string;
  readonly returns: ReturnView | undefined;
}

export interface SignedOutPage {
  readonly template: 'signed-out';
  /** The person was asked, and stays. */
  readonly still: boolean;
  readonly returns: ReturnView | undefined;
}

export type Page =
  | LoginPage
  | ChooseAccountPage
  | ConsentPage
  | FormPostPage
  | ProblemPage
  | AccountPage
  | PasswordPage
  | LogoutPage
  | SignedOutPage;

/** A moment as a machine and as a person reads it. */
export interface Instant {
  readonly iso: string;
  readonly text: string;
}

/** What a person says yes to, and as whom. */
export interface Shown {
  readonly client: Client;
  readonly scopes: readonly ApiScope[];
  readonly allowedBefore: readonly string[];
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

export const clientReturn = (client: Client | undefined, uri: string | undefined): ReturnView | undefined =>
  client === undefined || uri === undefined
    ? undefined
    : { name: client.clientName, place: placeOf(uri), link: webUri(uri), uri };

/** A link from a registration is shown only when it leads to the web: `javascript:` leads into this page. */
function webUri(uri: string | undefined): string | undefined {
  if (uri === undefined || !URL.canParse(uri)) return undefined;
  const { protocol, href } = new URL(uri);
  return protocol === 'https:' || protocol === 'http:' ? href : undefined;
}

/** The host, in its ASCII form so that no look-alike letters deceive; an app of the device for a scheme of its own. */
export function placeOf(redirectUri: string): string {
  const { protocol, host, hostname } = new URL(redirectUri);
  if (protocol !== 'https:' && protocol !== 'http:') return `an app on this device (${protocol.slice(0, -1)})`;
  return hostname === '127.0.0.1' || hostname === '[::1]' ? `an app on this device (${host})` : host;
}

function firstLetter(name: string): string {
  const [first] = new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(name.trim());
  return first?.segment.toUpperCase() ?? '?';
}
