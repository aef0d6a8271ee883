/** Owns the first shape of the table of notes. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateNotes1764000000000 implements MigrationInterface {
  readonly name = 'CreateNotes1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE notes.notes (
        id uuid PRIMARY KEY,
        owner text NOT NULL,
        text text NOT NULL CHECK (char_length(text) BETWEEN 1 AND 10000),
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query('CREATE INDEX notes_of_owner ON notes.notes (owner, created_at DESC, id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE notes.notes');
  }
}
