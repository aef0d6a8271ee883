/**
 * Owns how a port speaks TLS, and that a certificate which was renewed on disk is used without a restart. Does not own where
 * it lies: the configuration reads it.
 */
import { createSecureContext, Server as TlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { Logger } from './log.js';

/** In PEM form; `cert` with its chain. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Tls extends Certificate {
  /** What stands on disk now. @throws Error that says what is wrong with it, and nothing of the key */
  reread(): Certificate;
}

/**
 * RFC 9325 §3.1.1: implementations "MUST NOT negotiate TLS version 1.1"; §4.2 recommends of TLS 1.2 these four: ephemeral keys
 * and AEAD. Level 2 refuses certificates of RSA under 2048 bits and signatures by SHA-1 (§4.5).
 */
const CIPHERS = [
  ...['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'],
  ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ...['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  '@SECLEVEL=2',
].join(':');

const LOOK_EVERY_MS = 10_000;

/** The options of a server that speaks TLS by this certificate. */
export const tlsOptions = ({ cert, key }: Certificate) =>
  ({ cert, key, minVersion: 'TLSv1.2', ciphers: CIPHERS, handshakeTimeout: 30_000 }) as const;

/** Why no server can use it, in the words of OpenSSL; undefined when one can. Not checked: its dates and names. */
export function certificateFault(certificate: Certificate): string | undefined {
  try {
    createSecureContext(tlsOptions(certificate));
    return undefined;
  } catch (error) {
    return (String(error).split(':').at(-1) ?? '').trim();
  }
}

/**
 * Looks at the files until the instance is closed: some tools write them anew, others turn a link, and no notice of the file
 * system is given for all of that. A pair that cannot be used (half written, perhaps) is logged once, and the one before stays.
 */
export function keepCertificateCurrent(
  instance: FastifyInstance,
  tls: Tls | undefined,
  log: Logger,
  lookEveryMs = LOOK_EVERY_MS,
): void {
  const { server } = instance;
  if (tls === undefined || !(server instanceof TlsServer)) return;
  let current: Certificate = tls;
  let complaint: string | undefined;
  const look = (): void => {
    try {
      const found = tls.reread();
      complaint = undefined;
      if (found.cert === current.cert && found.key === current.key) return;
      server.setSecureContext(tlsOptions(found));
      current = found;
      log.info({}, 'the certificate was renewed');
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      if (cause !== complaint) log.error({ cause }, 'the new certificate cannot be used; the one before stays');
      complaint = cause;
    }
  };
  const looking = setInterval(look, lookEveryMs).unref();
  instance.addHook('onClose', (_instance, done) => {
    clearInterval(looking);
    done();
  });
}
