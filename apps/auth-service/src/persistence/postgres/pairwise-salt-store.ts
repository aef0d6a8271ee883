/**
 * Owns the one row of the salt of pairwise subjects: of many who bring one the first is kept, and it changes in nothing but
 * what it is sealed with. Does not own the sealing (pairwise).
 */
import type { PairwiseSaltStore } from '../../pairwise.js';
import type { Statements } from './database.js';

export class PostgresPairwiseSalt implements PairwiseSaltStore {
  constructor(private readonly database: Statements) {}

  /** @throws Unavailable */
  async find(): Promise<string | undefined> {
    const { rows } = await this.database.run<{ readonly sealed_salt: string }>(
      'SELECT sealed_salt FROM auth.pairwise_salt',
    );
    return rows[0]?.sealed_salt;
  }

  /** @throws Unavailable */
  async offer(sealed: string): Promise<void> {
    await this.database.run('INSERT INTO auth.pairwise_salt (sealed_salt) VALUES ($1) ON CONFLICT DO NOTHING', [
      sealed,
    ]);
  }

  /** @throws Unavailable */
  async reseal(from: string, to: string): Promise<'resealed' | 'changed'> {
    const { affected } = await this.database.run(
      'UPDATE auth.pairwise_salt SET sealed_salt = $2 WHERE sealed_salt = $1',
      [from, to],
    );
    return affected === 1 ? 'resealed' : 'changed';
  }
}
