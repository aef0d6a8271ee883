export const keys = import('../../../libs/tokens/src/keys/key-ring.js');
export {};
