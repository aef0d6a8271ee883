import '@latchkey/auth-service/config';
export {};
