/** Owns the notes in PostgreSQL: nobody reaches one that is not theirs. Does not own who is asking. */
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { NoteTable } from '../persistence/note-entity.js';
import { asking } from '../persistence/unavailable.js';

export interface Note {
  readonly id: string;
  readonly text: string;
  readonly createdAt: Date;
}

/** The newest ones; older ones are reached by their id. */
const LONGEST_LIST = 1000;

/** Every method throws Unavailable when PostgreSQL does not answer. */
@Injectable()
export class NotesStore {
  constructor(private readonly database: DataSource) {}

  /** Newest first, at most 1000. */
  list(owner: string): Promise<readonly Note[]> {
    const notes = this.database.getRepository(NoteTable);
    return asking(() => notes.find({ where: { owner }, order: { createdAt: 'DESC', id: 'ASC' }, take: LONGEST_LIST }));
  }

  /** Undefined when there is none of this owner's; whether somebody else has one is not told. */
  async find(owner: string, id: string): Promise<Note | undefined> {
    const notes = this.database.getRepository(NoteTable);
    return (await asking(() => notes.findOneBy({ owner, id }))) ?? undefined;
  }

  async add(owner: string, text: string): Promise<Note> {
    const row = { id: randomUUID(), owner, text, createdAt: new Date() };
    await asking(() => this.database.getRepository(NoteTable).insert(row));
    return row;
  }

  /** Resolves when PostgreSQL answers and the table can be read. */
  async ping(): Promise<void> {
    await asking(() => this.database.query('SELECT 1 FROM notes.notes LIMIT 1'));
  }
}
