import { MemoryKeyStore } from '../testing/memory-key-store.js';
import { describeKeyStore } from './key-store.contract.js';

let now = 1_764_000_000_000;
describeKeyStore('in memory', () =>
  Promise.resolve({ store: new MemoryKeyStore(() => (now += 1)), close: () => Promise.resolve() }),
);
