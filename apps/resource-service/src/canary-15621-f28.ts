export const keys = import('@latchkey/tokens/issuing');
export {};
