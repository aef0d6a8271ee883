export * from '@latchkey/tokens/issuing';
export {};
