// The base: the same application with nothing before the route. What a guard costs is what it costs more than this.
import { serve } from './serve.mjs';

await serve();
