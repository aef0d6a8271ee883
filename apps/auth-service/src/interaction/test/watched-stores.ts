/**
 * Owns instruments around the real stores for the specs of the pages: they break on demand, count, and let 50 readers meet.
 * Does not own any store: each call reaches the real one.
 */
import { type Client, type ClientStore, type Ephemeral, Unavailable } from '@latchkey/protocol';
import type { PeopleStore, Person } from '../people.js';

export class WatchedEphemeral implements Ephemeral {
  /** No verb is answered. */
  broken = false;
  /** Writing under these keys fails. */
  brokenPrefix: string | undefined;
  readonly written = new Set<string>();
  private meeting: { readonly arrive: () => Promise<void> } | undefined;

  constructor(private readonly inner: Ephemeral) {}

  async put(key: string, value: string, lifetimeSeconds: number): Promise<void> {
    if (this.brokenPrefix !== undefined && key.startsWith(this.brokenPrefix)) throw new Unavailable('Redis');
    this.answering();
    this.written.add(key);
    await this.inner.put(key, value, lifetimeSeconds);
  }

  async get(key: string): Promise<string | undefined> {
    this.answering();
    const value = await this.inner.get(key);
    if (key.startsWith('interaction:')) await this.meeting?.arrive();
    return value;
  }

  async take(key: string): Promise<string | undefined> {
    this.answering();
    return this.inner.take(key);
  }

  async addOnce(key: string, lifetimeSeconds: number): Promise<'added' | 'present'> {
    this.answering();
    return this.inner.addOnce(key, lifetimeSeconds);
  }

  async count(key: string, lifetimeSeconds: number): Promise<{ count: number; remainingSeconds: number }> {
    this.answering();
    return this.inner.count(key, lifetimeSeconds);
  }

  async uncount(key: string): Promise<void> {
    this.answering();
    await this.inner.uncount(key);
  }

  /** How many authorization codes have been born. */
  codes(): number {
    return [...this.written].filter((key) => key.startsWith('code:')).length;
  }

  /** The next so many readers of an interaction have all read it before any of them goes on: the worst of races. */
  gather(readers: number): void {
    let arrived = 0;
    let release = (): void => undefined;
    const all = new Promise<void>((resolve) => {
      release = resolve;
    });
    const arrive = (): Promise<void> => {
      arrived += 1;
      if (arrived === readers) {
        this.meeting = undefined;
        release();
      }
      return all;
    };
    this.meeting = { arrive };
  }

  private answering(): void {
    if (this.broken) throw new Unavailable('Redis');
  }
}

export class WatchedPeople implements PeopleStore {
  lookups = 0;
  /** What happens between the verification of a hash and its replacing. */
  beforeRehash: () => Promise<unknown> = () => Promise.resolve();

  constructor(private readonly inner: PeopleStore) {}

  findByUsername(username: string): Promise<Person | undefined> {
    this.lookups += 1;
    return this.inner.findByUsername(username);
  }

  find(sub: string): Promise<Person | undefined> {
    return this.inner.find(sub);
  }

  decoyHash(username: string): Promise<string | undefined> {
    return this.inner.decoyHash(username);
  }

  async rehash(sub: string, from: string, to: string): Promise<'rehashed' | 'changed'> {
    await this.beforeRehash();
    return this.inner.rehash(sub, from, to);
  }
}

export class WatchedClients implements ClientStore {
  fault: Error | undefined;

  constructor(private readonly inner: ClientStore) {}

  find(clientId: string): Promise<Client | undefined> {
    return this.fault === undefined ? this.inner.find(clientId) : Promise.reject(this.fault);
  }
}
