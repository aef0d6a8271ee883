import { Repeating, type JobChange } from './repeating.js';

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('revocation.md V6 the timing of a job', () => {
  it('never runs two at once, however long one takes', async () => {
    let running = 0;
    let most = 0;
    let runs = 0;
    const tenRuns = new Promise<void>((resolve) => {
      const job = new Repeating({
        everyMs: 1,
        work: async () => {
          running += 1;
          most = Math.max(most, running);
          await new Promise((done) => setTimeout(done, 5));
          running -= 1;
          runs += 1;
          if (runs === 10) {
            resolve();
            void job.stop();
          }
        },
      });
      job.start();
      job.start();
    });
    await tenRuns;
    expect(most).toBe(1);
  });

  it('waits at stop for the run under way, and runs no more', async () => {
    let finish: () => void = () => undefined;
    let runs = 0;
    const job = new Repeating({
      everyMs: 1,
      work: () => {
        runs += 1;
        return new Promise<void>((resolve) => (finish = resolve));
      },
    });
    job.start();
    let stopped = false;
    const stopping = job.stop().then(() => (stopped = true));
    await tick();
    expect(stopped).toBe(false);
    finish();
    await stopping;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(runs).toBe(1);
  });

  it('stops at once while it pauses, and without having been started', async () => {
    await new Repeating({ everyMs: 3_600_000, work: () => Promise.resolve() }).stop();
    const job = new Repeating({ everyMs: 3_600_000, work: () => Promise.resolve() });
    job.start();
    await tick();
    await job.stop();
  });

  it('says once that it fails and once that it works again, not with every run', async () => {
    const changes: JobChange['state'][] = [];
    let runs = 0;
    await new Promise<void>((resolve) => {
      const job = new Repeating({
        everyMs: 1,
        onChange: ({ state }) => changes.push(state),
        work: async () => {
          runs += 1;
          if (runs === 12) {
            void job.stop().then(resolve);
            return;
          }
          if (runs % 6 !== 1 && runs % 6 !== 0) throw new Error('the world is broken');
          return Promise.resolve();
        },
      });
      job.start();
    });
    expect(changes).toEqual(['failing', 'working', 'failing', 'working']);
  });
});
