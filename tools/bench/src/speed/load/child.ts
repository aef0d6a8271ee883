// Owns the process of the load generator: takes plans, one after the other, opens connections, and answers volleys when it is told
// to go. Does not own the firing (gun).
import { connect, fire } from './gun.js';
import type { Plan } from './plan.js';

type Wires = Awaited<ReturnType<typeof connect>>;
let waiting: { readonly plan: Plan; readonly wires: Wires } | undefined;

async function answerTo(message: unknown): Promise<object> {
  if (waiting !== undefined) {
    const { plan, wires } = waiting;
    waiting = undefined;
    return { volley: await fire(plan, wires) };
  }
  // Written by LoadGenerator, from the same sources.
  const plan = message as Plan;
  waiting = { plan, wires: await connect(plan) };
  return { open: true };
}

process.on('message', (message) => {
  answerTo(message).then(
    (answer) => process.send?.(answer),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
