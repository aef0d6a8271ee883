/** Owns which network address counts as that of whoever asks, past the framework as the framework would say it. Does not own whom to trust. */
import type { IncomingMessage } from 'node:http';
import { all, compile } from '@fastify/proxy-addr';

/** @param trustProxy CIDR list of the proxies whose X-Forwarded-For counts; undefined trusts nobody */
export function callerAddress(trustProxy: string | undefined): (request: IncomingMessage) => string {
  if (trustProxy === undefined) return ({ socket }) => socket.remoteAddress ?? '';
  const isTrusted = compile(trustProxy.split(',').map((each) => each.trim()));
  return (request) => all(request, isTrusted).at(-1) ?? '';
}
