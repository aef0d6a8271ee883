/** Owns the list of migrations, oldest first. */
import { FirstTables1764000000000 } from './1764000000000-first-tables.js';

export const MIGRATIONS = [FirstTables1764000000000] as const;
