/** Owns the shape of a note's row. Does not own how the table came about (migrations). */
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'notes', name: 'notes' })
export class NoteRow {
  @PrimaryColumn('uuid')
  id!: string;

  /** The `sub` of the token that wrote it: a person's, or for a machine its client's. */
  @Column('text')
  owner!: string;

  @Column('text')
  text!: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
