import '@latchkey/tokens/issuing';
export {};
