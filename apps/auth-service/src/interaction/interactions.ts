/**
 * Owns authorization requests that wait for a person: kept in the ephemeral port under a digest of their id, bound to the
 * browser that began them, completed once. Does not own what the person is asked.
 */
import { type AuthorizationRequest, digestOf, type Ephemeral, randomSecret, sameDigest } from '@latchkey/protocol';
import { networkOf } from '../limits/network.js';

export interface Interaction {
  readonly id: string;
  readonly request: AuthorizationRequest;
  readonly browserDigest: string;
}

/** Within the life of one: a large office behind one address begins far fewer. */
const BEGUN_PER_NETWORK = 5000;

/**
 * Whoever has many networks must not fill what the revocation feed lives in too: 80 MB of the long ones and 80 MB of the
 * others at most, of the 256 MB that compose gives to Redis. Who begins a short one does not suffer from the long ones.
 */
const LONG_CHARACTERS = 1200;
const BEGUN_EVERYWHERE = { long: 10_000, short: 60_000 };

const ID = /^[A-Za-z0-9_-]{43}$/;
const keyOf = (id: string): string => `interaction:${digestOf(id)}`;

export class Interactions {
  constructor(
    private readonly ephemeral: Ephemeral,
    private readonly lifetimeSeconds: number,
  ) {}

  /**
   * @param address from where; what waits is kept, so nobody may begin without end
   * @returns the id: 32 random bytes, base64url; undefined when too many were begun, from there or everywhere
   */
  async open(request: AuthorizationRequest, browser: string, address: string): Promise<string | undefined> {
    const { count } = await this.ephemeral.count(`interactions:${digestOf(networkOf(address))}`, this.lifetimeSeconds);
    if (count > BEGUN_PER_NETWORK) return undefined;
    const size = JSON.stringify(request).length > LONG_CHARACTERS ? 'long' : 'short';
    const everywhere = await this.ephemeral.count(`interactions-${size}`, this.lifetimeSeconds);
    if (everywhere.count > BEGUN_EVERYWHERE[size]) return undefined;
    const id = randomSecret();
    await this.keep({ id, request, browserDigest: digestOf(browser) });
    return id;
  }

  /** Undefined when it is unknown, over, completed, or begun by another browser: nobody learns which. */
  async find(id: string, browser: string | undefined): Promise<Interaction | undefined> {
    if (!ID.test(id) || browser === undefined) return undefined;
    const text = await this.ephemeral.get(keyOf(id));
    if (text === undefined) return undefined;
    // Written by `keep` alone, under a digest that nobody else can name.
    const kept = JSON.parse(text) as Omit<Interaction, 'id'>;
    return sameDigest(kept.browserDigest, digestOf(browser)) ? { ...kept, id } : undefined;
  }

  /** Of 50 at once exactly one hears true. */
  async complete(interaction: Interaction): Promise<boolean> {
    return (await this.ephemeral.take(keyOf(interaction.id))) !== undefined;
  }

  /** The person proved who they are on behalf of this request. */
  async authenticated({ request, ...interaction }: Interaction, sid: string): Promise<void> {
    await this.keep({ ...interaction, request: { ...request, authenticatedSid: sid } });
  }

  /** The person goes on with the session that they have. */
  async selected({ request, ...interaction }: Interaction, sid: string): Promise<void> {
    await this.keep({ ...interaction, request: { ...request, selectedSid: sid } });
  }

  /** For an interaction that was completed and yet led nowhere: the person may try again. */
  async reopen(interaction: Interaction): Promise<void> {
    await this.keep(interaction);
  }

  private async keep({ id, request, browserDigest }: Interaction): Promise<void> {
    await this.ephemeral.put(keyOf(id), JSON.stringify({ request, browserDigest }), this.lifetimeSeconds);
  }
}
