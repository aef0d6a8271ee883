/**
 * Owns the telling of applications that a session has ended (OpenID Connect Back-Channel Logout 1.0 §2.5–2.8): at once, and waited
 * for a moment, where a person logs out; again and again for a day otherwise. Does not own what is owed, the token, or the door.
 */
import { type ClientStore, Unavailable } from '@latchkey/protocol';
import type { Logger } from 'pino';
import { againInSeconds } from './backoff.js';
import type { Failure, LogoutDelivery, LogoutDeliveries, LogoutDoor, LogoutTokenSource } from './backchannel-ports.js';

/** §2.8: "200 OK"; frameworks make 204 of an answer without content, which §2.8 asks to take as success too. */
const SUCCESS: readonly number[] = [200, 204];

const TIMEOUT_MS = 5000;
/** How long a person who logs out waits for all applications together. */
const PATIENCE_MS = 2000;
/** At work at once in one instance. */
const MOST = 32;
const MOST_PER_CLIENT = 4;
/** Who waits for some looks so often whether others have become due. */
const AGAIN_MS = 1000;
/** Of one log-out: what is beyond waits for the job. */
const MOST_AT_ONCE = 50;

export interface BackchannelParts {
  readonly deliveries: LogoutDeliveries;
  readonly clients: ClientStore;
  readonly tokens: LogoutTokenSource;
  readonly door: LogoutDoor;
  readonly log: Logger;
  /** What became of a try: `delivered`, or why not. */
  readonly onOutcome?: (outcome: 'delivered' | Failure) => void;
  /** Milliseconds. */
  readonly patienceMs?: number;
  readonly timeoutMs?: number;
}

type Verdict = { readonly outcome: 'delivered' } | { readonly outcome: 'later' | 'never'; readonly reason: Failure };

export class BackchannelLogout {
  readonly #underWay = new Set<Promise<void>>();

  constructor(private readonly parts: BackchannelParts) {}

  /**
   * These sessions have ended, and that is committed. Resolves when every application has been told, or after two seconds,
   * whichever is first: what is not delivered by then goes on. Never rejects: the rest is the job's.
   */
  async tell(sids: readonly string[]): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.parts.patienceMs ?? PATIENCE_MS);
    });
    const told = this.#follow(async () => {
      await this.#deliverAll(await this.parts.deliveries.takeFirst(sids, MOST_AT_ONCE));
    });
    await Promise.race([told, patience]);
    clearTimeout(timer);
  }

  /**
   * Whatever is due, until nothing is, or until no more is to be begun. Nobody waits for a client that does not answer, save
   * itself. To be called again and again.
   * @throws Unavailable
   */
  async deliverDue(stopping?: AbortSignal): Promise<void> {
    const atWork = new Map<string, { readonly many: number; readonly done: Promise<void> }>();
    try {
      while (stopping?.aborted !== true) {
        const free = MOST - [...atWork.values()].reduce((sum, { many }) => sum + many, 0);
        const due = free > 0 ? await this.parts.deliveries.takeDue(free, MOST_PER_CLIENT, [...atWork.keys()]) : [];
        if (due.length === 0 && atWork.size === 0) return;
        for (const [clientId, its] of byClient(due)) {
          const done = this.#deliverAll(its).then(() => void atWork.delete(clientId));
          atWork.set(clientId, { many: its.length, done });
        }
        await oneOf([...atWork.values()].map(({ done }) => done));
      }
    } finally {
      await Promise.allSettled([...atWork.values()].map(({ done }) => done));
    }
  }

  /** Resolves when nothing is under way any more that nobody waits for. */
  async close(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #follow(work: () => Promise<void>): Promise<void> {
    const running = work().catch((error: unknown) => {
      // The rows stand; the job tells those applications later.
      this.parts.log.warn({ cause: causeOf(error) }, 'applications are not told of a log-out for now');
    });
    this.#underWay.add(running);
    await running;
    this.#underWay.delete(running);
  }

  async #deliverAll(deliveries: readonly LogoutDelivery[]): Promise<void> {
    const settled = await Promise.allSettled(deliveries.map((delivery) => this.#deliver(delivery)));
    for (const each of settled) if (each.status === 'rejected') throw each.reason;
  }

  async #deliver(delivery: LogoutDelivery): Promise<void> {
    const verdict = await this.#attempt(delivery);
    this.parts.onOutcome?.(verdict.outcome === 'delivered' ? 'delivered' : verdict.reason);
    if (verdict.outcome === 'delivered') {
      await this.parts.deliveries.delivered(delivery);
      return;
    }
    const seconds = verdict.outcome === 'later' ? againInSeconds(delivery.tries, delivery.ageSeconds) : undefined;
    if (seconds !== undefined) {
      await this.parts.deliveries.postpone(delivery, seconds);
      return;
    }
    const { clientId, sid, tries } = delivery;
    this.parts.log.warn({ clientId, sid, tries, reason: verdict.reason }, 'an application was not told of a log-out');
    await this.parts.deliveries.giveUp(delivery, verdict.reason);
  }

  /** @throws Unavailable when PostgreSQL does not answer: then the lease runs out */
  async #attempt(delivery: LogoutDelivery): Promise<Verdict> {
    // 1. As it is registered now.
    const client = await this.parts.clients.find(delivery.clientId);
    const url = client?.backchannelLogoutUri;
    if (client?.enabled !== true || url === undefined) return { outcome: 'never', reason: 'unregistered' };

    // 2. A token of its own for each try: no receiver that remembers a jti takes this one for a replay.
    let token: string;
    try {
      token = await this.parts.tokens.issue(client, { sid: delivery.sid, sub: delivery.tokenSub });
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      return { outcome: 'later', reason: 'no_signing_key' };
    }

    // 3. §2.8: "the RP MUST respond with HTTP 400 Bad Request" to what it does not take; everything else may pass.
    try {
      const { status } = await this.parts.door.postForm(
        url,
        { logout_token: token },
        { timeoutMs: this.parts.timeoutMs ?? TIMEOUT_MS },
      );
      if (SUCCESS.includes(status)) return { outcome: 'delivered' };
      return status === 400
        ? { outcome: 'never', reason: 'refused_by_client' }
        : { outcome: 'later', reason: `status_${status}` };
    } catch (error) {
      const refused = error instanceof Error && error.name === 'OutboundRefused';
      return { outcome: 'later', reason: refused ? 'address_refused' : 'no_answer' };
    }
  }
}

const byClient = (deliveries: readonly LogoutDelivery[]): ReadonlyMap<string, readonly LogoutDelivery[]> => {
  const clients = new Map<string, LogoutDelivery[]>();
  for (const each of deliveries) clients.set(each.clientId, [...(clients.get(each.clientId) ?? []), each]);
  return clients;
};

/** Resolves when one of them does, and at the latest when something else may have become due. @throws what one of them rejects with */
async function oneOf(works: readonly Promise<void>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const pause = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, AGAIN_MS);
  });
  await Promise.race([...works, pause]).finally(() => {
    clearTimeout(timer);
  });
}

const causeOf = (error: unknown): string | undefined => (error instanceof Error ? error.message : undefined);
