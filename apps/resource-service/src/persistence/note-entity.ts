/** Owns the shape of a note's row. Does not own how the table came about (migrations). */
import { EntitySchema } from 'typeorm';

export interface NoteRow {
  readonly id: string;
  /** The `sub` of the token that wrote it: a person's, or for a machine its client's. */
  readonly owner: string;
  readonly text: string;
  readonly createdAt: Date;
}

export const NoteTable = new EntitySchema<NoteRow>({
  name: 'Note',
  tableName: 'notes',
  schema: 'notes',
  columns: {
    id: { type: 'uuid', primary: true },
    owner: { type: 'text' },
    text: { type: 'text' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
  },
});
