import '@latchkey/resource-guard/nest';
export {};
