import '@latchkey/testbed';
export {};
