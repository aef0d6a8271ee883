/** Owns the shape of the table of the one row that stays where it was written. Does not own what that is good for (home). */
import { EntitySchema } from 'typeorm';

export interface HomeRow {
  readonly onlyRow: boolean;
  /** The oid of the table. */
  readonly writtenIn: string;
  /** The number of the transaction. */
  readonly writtenBy: string;
}

export const HomeTable = new EntitySchema<HomeRow>({
  name: 'Home',
  tableName: 'home',
  schema: 'auth',
  columns: {
    onlyRow: { type: 'boolean', primary: true, name: 'only_row', default: true },
    writtenIn: { type: 'bigint', name: 'written_in' },
    writtenBy: { type: 'bigint', name: 'written_by' },
  },
});
