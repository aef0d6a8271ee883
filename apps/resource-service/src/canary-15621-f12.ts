import '@latchkey/protocol';
export {};
