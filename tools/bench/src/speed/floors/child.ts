// Owns the process of the floors: told once what they answer, it listens and says where. Does not own what they do (floors).
import { createServer } from 'node:http';
import { floorsOf, type FloorSettings } from './floors.js';

process.once('message', (settings) => {
  // Written by FloorServer, from the same sources.
  const floors = floorsOf(settings as FloorSettings);
  const server = createServer((request, response) => {
    const floor = floors[request.url ?? ''];
    if (floor === undefined) response.writeHead(404).end();
    else floor(response);
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    process.send?.({ port: typeof address === 'object' ? address?.port : undefined });
  });
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
