import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { cpuMicros, othersMicros, residentBytes } from './meter.js';

/** Goes when it has used so much, by its own account. */
const BUSY = 'while (process.cpuUsage().user < 300_000);';

describe('what processes have cost', () => {
  it('is what they say themselves, and what the children of one have cost that has gone', async () => {
    const before = cpuMicros([process.pid]);
    const child = spawn(process.execPath, ['-e', BUSY], { stdio: 'ignore' });
    await once(child, 'exit');
    const { user, system } = process.cpuUsage();
    const own = cpuMicros([process.pid]);
    expect(own - before).toBeGreaterThan(250_000);
    // 10 ms for each of user and system is what the kernel leaves out; the rest is the child and jest's others.
    expect(own).toBeGreaterThan(user + system + 250_000);
  });

  it('leaves to the others what is neither of these processes nor started by them', async () => {
    // In ticks of 10 ms: user, nice, system, and what the host took, which is the others' too.
    const machine = (): number => {
      const fields = readFileSync('/proc/stat', 'latin1').split('\n', 1)[0]?.split(/ +/) ?? [];
      return [1, 2, 3, 8].reduce((all, field) => all + Number(fields[field]) * 10_000, 0);
    };
    const before = { machine: machine(), others: othersMicros([process.pid]) };
    const own = spawn(process.execPath, ['-e', BUSY], { stdio: 'ignore' });
    await once(own, 'exit');
    const between = { machine: machine(), others: othersMicros([process.pid]) };
    // Whose parent goes at once is nobody's child.
    const orphan = spawn('sh', ['-c', '"$0" -e "$1" &', process.execPath, BUSY], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(orphan, 'close');
    const after = othersMicros([process.pid]);
    // Whatever the machine does beside this test is in both.
    expect(between.machine - before.machine - (between.others - before.others)).toBeGreaterThan(250_000);
    expect(after - between.others).toBeGreaterThan(250_000);
  });

  it('is nothing that could be had of a process that has gone', async () => {
    const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
    await once(child, 'exit');
    expect(() => cpuMicros([child.pid ?? 0])).toThrow('has gone');
    expect(() => residentBytes(child.pid ?? 0)).toThrow();
  });

  it('reads resident memory in bytes', () => {
    const own = process.memoryUsage.rss();
    expect(residentBytes(process.pid) / own).toBeGreaterThan(0.5);
    expect(residentBytes(process.pid) / own).toBeLessThan(2);
  });
});
