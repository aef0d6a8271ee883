// Owns: the faults of our own processes: killed, or stopped and woken. Does not own: the stores and the wires.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Service } from '../service.js';
import { type Fault, type FaultContext, outage } from './fault.js';

/** Some requests that lie in its socket when it wakes. */
const FIRST_QUESTIONS = 20;

/** Killed in the instant in which its next acknowledgement is read; resolves when it has gone. */
async function killWhenItHasCommitted(auth: Service, { load, tell }: FaultContext): Promise<void> {
  await new Promise<unknown>((resolve) => {
    load.onNextAcknowledgement(auth, () => {
      resolve(auth.kill());
    });
  });
  tell(`${auth.name} killed right after it had acknowledged a revocation`);
}

export const killAuth: Fault = {
  name: 'kill-auth',
  title: 'kill -9 of the auth-service that just committed',
  async run(context) {
    const { chance, world } = context;
    const [first, second] = chance.shuffled(world.auths);
    if (first === undefined || second === undefined) throw new Error('two auth-services are needed');
    await killWhenItHasCommitted(first, context);
    await outage(context, first.name);
    await first.start();
    // The other one has lost its wire to Redis: what it acknowledges stands in PostgreSQL and nowhere else.
    second.redisWire.sever();
    context.tell(`${second.name} is cut off from Redis`);
    await sleep(chance.between(100, 600));
    await killWhenItHasCommitted(second, context);
    second.redisWire.pass();
    await outage(context, second.name);
    await second.start();
    return { healedAt: performance.now(), hit: [] };
  },
};

export const killGuard: Fault = {
  name: 'kill-guard',
  title: 'kill -9 of a guard',
  async run(context) {
    const guard = context.chance.pick(context.world.guards);
    await guard.kill();
    await outage(context, guard.name);
    await guard.start();
    return { healedAt: performance.now(), hit: [guard] };
  },
};

export const stopGuard: Fault = {
  name: 'stop-guard',
  title: 'SIGSTOP of a guard',
  async run({ chance, load, spans, tell, witness, world }) {
    const guard = chance.pick(world.guards);
    const before = load.dead.length;
    tell(`${guard.name} stands still for ${spans.stillMs} ms`);
    await guard.standStill();
    await sleep(spans.stillMs);
    // V18: "wakes it (SIGCONT): its first answers refuse". The judge knows when it was woken.
    const revokedMeanwhile = load.dead.slice(before);
    const first = Array.from({ length: FIRST_QUESTIONS }, () => witness.ask(guard, chance.pick(revokedMeanwhile)));
    await sleep(20);
    guard.wake();
    const healedAt = performance.now();
    tell(`${guard.name} is woken, and its first answers are: ${tally(await Promise.all(first))}`);
    return { healedAt, hit: [guard] };
  },
};

export const stopAuth: Fault = {
  name: 'stop-auth',
  title: 'SIGSTOP of one auth-service',
  async run({ chance, spans, tell, world }) {
    const auth = chance.pick(world.auths);
    tell(`${auth.name} stands still for ${spans.stillMs} ms`);
    await auth.standStill();
    await sleep(spans.stillMs);
    auth.wake();
    return { healedAt: performance.now(), hit: [] };
  },
};

function tally(answers: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  return [...counts].map(([answer, count]) => `${count} ${answer}`).join(', ');
}
