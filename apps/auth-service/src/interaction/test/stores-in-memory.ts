/**
 * Owns people, login sessions and the ephemeral port in memory, for the specs of the pages alone.
 * Does not own what the real stores promise: persistence has its own specs on PostgreSQL and Redis.
 */
import { randomUUID } from 'node:crypto';
import type { Api, ApiStore, Client, ClientStore, Ephemeral, LoginSession } from '@latchkey/protocol';
import { Unavailable } from '@latchkey/protocol';
import type { Clock } from '@latchkey/tokens';
import type { LoginSessionStore, PeopleStore, Person } from '../people.js';

export class MemoryEphemeral implements Ephemeral {
  private readonly entries = new Map<string, { value: string; until: number }>();
  broken = false;
  private meeting: { readonly arrive: () => Promise<void> } | undefined;

  constructor(private readonly clock: Clock) {}

  async put(key: string, value: string, lifetimeSeconds: number): Promise<void> {
    await this.answering();
    this.entries.set(key, { value, until: this.clock.now() + lifetimeSeconds * 1000 });
  }

  async get(key: string): Promise<string | undefined> {
    await this.answering();
    const value = this.live(key)?.value;
    if (this.meeting !== undefined && key.startsWith('interaction:')) await this.meeting.arrive();
    return value;
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

  async take(key: string): Promise<string | undefined> {
    await this.answering();
    const value = this.live(key)?.value;
    this.entries.delete(key);
    return value;
  }

  async addOnce(key: string, lifetimeSeconds: number): Promise<'added' | 'present'> {
    await this.answering();
    if (this.live(key) !== undefined) return 'present';
    this.entries.set(key, { value: '', until: this.clock.now() + lifetimeSeconds * 1000 });
    return 'added';
  }

  async count(key: string, lifetimeSeconds: number): Promise<{ count: number; remainingSeconds: number }> {
    await this.answering();
    const before = this.live(key);
    const until = before?.until ?? this.clock.now() + lifetimeSeconds * 1000;
    const count = Number(before?.value ?? 0) + 1;
    this.entries.set(key, { value: String(count), until });
    return { count, remainingSeconds: Math.ceil((until - this.clock.now()) / 1000) };
  }

  keys(): readonly string[] {
    return [...this.entries.keys()];
  }

  /** A step aside, so that what runs at once interleaves as it would over a wire. */
  private async answering(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.broken) throw new Unavailable('the ephemeral store');
  }

  private live(key: string): { value: string; until: number } | undefined {
    const entry = this.entries.get(key);
    return entry !== undefined && entry.until > this.clock.now() ? entry : undefined;
  }
}

export class MemoryPeople implements PeopleStore {
  readonly people: Person[] = [];
  lookups = 0;

  findByUsername(username: string): Promise<Person | undefined> {
    this.lookups += 1;
    return Promise.resolve(this.people.find((person) => person.username === username));
  }

  find(sub: string): Promise<Person | undefined> {
    return Promise.resolve(this.people.find((person) => person.sub === sub));
  }
}

export class MemorySessions implements LoginSessionStore {
  readonly byDigest = new Map<string, LoginSession>();

  constructor(
    private readonly people: MemoryPeople,
    private readonly clock: Clock,
  ) {}

  async start(login: Parameters<LoginSessionStore['start']>[0]): Promise<LoginSession | undefined> {
    const person = await this.people.find(login.sub);
    if (person?.enabled !== true || person.generation > login.personGeneration) return undefined;
    if (login.replacesCookieDigest !== undefined) this.byDigest.delete(login.replacesCookieDigest);
    const authTime = Math.floor(this.clock.now() / 1000);
    const session: LoginSession = {
      sid: randomUUID(),
      sub: login.sub,
      authTime,
      amr: login.amr,
      expiresAt: authTime + login.lifetimeSeconds,
      generations: { iss: 0, sub: person.generation },
    };
    this.byDigest.set(login.cookieDigest, session);
    return session;
  }

  find(cookieDigest: string): Promise<LoginSession | undefined> {
    return Promise.resolve(this.byDigest.get(cookieDigest));
  }
}

export class MemoryClients implements ClientStore {
  readonly clients = new Map<string, Client>();
  fault: Error | undefined;

  find(clientId: string): Promise<Client | undefined> {
    return this.fault === undefined ? Promise.resolve(this.clients.get(clientId)) : Promise.reject(this.fault);
  }
}

export class MemoryApis implements ApiStore {
  apis: Api[] = [];

  all(): Promise<readonly Api[]> {
    return Promise.resolve(this.apis);
  }
}
