import { createServer } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { chromiumArguments, findChromium } from './chromium.js';
import { freePort } from './free-port.js';
import { startProcess } from './start-process.js';
import { isRunning, runApart, until } from './test/left-behind.js';

const node = process.execPath;

describe('our programs as real processes', () => {
  it('reports a program that ends before it is ready, with all that it said', async () => {
    const start = startProcess({
      command: node,
      args: ['-e', 'console.error("no database"); process.exit(3)'],
      ready: /listening/,
    });
    await expect(start).rejects.toThrow(/exited with 3 .*\n.*no database/s);
  });

  it('reports a program that is not there', async () => {
    await expect(startProcess({ command: '/no/such/program', ready: /listening/ })).rejects.toThrow('exited with 127');
  });

  it('ends a program that is not ready in time', async () => {
    const start = startProcess({
      // Says its number at once, however busy the machine is: node would take a while to begin.
      command: '/bin/sh',
      args: ['-c', 'echo $$; exec sleep 1000'],
      ready: /never/,
      readyMilliseconds: 2000,
    });
    const said = await start.then(String, String);
    expect(said).toContain('was not ready in time');
    const pid = Number(/^(\d+)$/m.exec(said)?.[1]);
    expect(pid).toBeGreaterThan(1);
    expect(isRunning(pid)).toBe(false);
  });

  it('hands on no variable of its own environment', async () => {
    const child = await startProcess({
      command: node,
      args: ['-e', 'console.log(Object.keys(process.env).sort().join(" "))'],
      env: { ISSUER: 'http://localhost:4000' },
    });
    expect(await child.exited).toBe(0);
    const names = child.output().trim().split(' ');
    expect(names).toContain('ISSUER');
    expect(
      names.filter((name) => !['HOME', 'ISSUER', 'PATH', 'PWD', 'OLDPWD', 'SHLVL', 'TMPDIR', '_'].includes(name)),
    ).toEqual([]);
  });

  it('captures both streams to the last byte and answers the exit code', async () => {
    const child = await startProcess({
      command: node,
      args: ['-e', 'console.error("e".repeat(300000)); console.log("o".repeat(300000)); process.exitCode = 7'],
    });
    expect(await child.exited).toBe(7);
    expect(child.output()).toHaveLength(600_002);
  });

  it('waits for a URL to answer with a success, and stops by the signal that is asked for', async () => {
    const port = await freePort();
    const server = `let n = 0; require('node:http').createServer((q, s) => { s.statusCode = n++ < 3 ? 503 : 200; s.end(); }).listen(${port}, '127.0.0.1');
      process.on('SIGINT', () => { console.log('asked to stop'); process.exit(0); });`;
    const child = await startProcess({ command: node, args: ['-e', server], ready: `http://127.0.0.1:${port}/` });
    expect(await child.stop('SIGINT')).toBe(0);
    expect(child.output()).toContain('asked to stop');
  });

  it('leaves no process when its owner is killed with SIGKILL, even one that ignores SIGTERM for a while', async () => {
    const code =
      'process.on("SIGTERM", () => setTimeout(() => process.exit(), 300)); setInterval(() => 0, 1000); console.log("up")';
    const owner = await runApart(
      `const child = await testbed.startProcess({ command: process.execPath, args: ['-e', ${JSON.stringify(code)}], ready: /up/ }); say(child.pid);`,
    );
    const pid = Number(owner.said());
    await owner.stop('SIGKILL');
    await until(() => !isRunning(pid));
  });

  const parent = `const child = require('node:child_process').spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => 0); setInterval(() => 0, 1000)']);
    console.log('child', child.pid); setInterval(() => 0, 1000);`;
  const childIn = (output: string): number => Number(/^child (\d+)$/m.exec(output)?.[1]);

  it('leaves nothing that the program started in its group, stopped or its owner killed with SIGKILL', async () => {
    const stopped = await startProcess({ command: node, args: ['-e', parent], ready: /child \d+\n/, wholeGroup: true });
    await stopped.stop();
    await until(() => !isRunning(childIn(stopped.output())));

    const owner = await runApart(
      `const child = await testbed.startProcess({ command: process.execPath, args: ['-e', ${JSON.stringify(parent)}], ready: /child \\d+\\n/, wholeGroup: true });
       say(child.output());`,
    );
    const orphan = childIn(String(owner.said()));
    expect(isRunning(orphan)).toBe(true);
    await owner.stop('SIGKILL');
    await until(() => !isRunning(orphan));
  });

  it('hands out fifty different free ports at once', async () => {
    const ports = await Promise.all(Array.from({ length: 50 }, freePort));
    expect(new Set(ports).size).toBe(50);
    // None that an outgoing connection could be given meanwhile.
    expect(Math.max(...ports)).toBeLessThan(32_768);
  });

  it('runs a real Chromium that renders a page of ours', async () => {
    const server = createServer((_, response) =>
      response.end('<title>t</title><script>document.title = "ran " + (6 * 7)</script>'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const browser = await startProcess({
      command: await findChromium(),
      args: [...chromiumArguments(), '--dump-dom', `http://127.0.0.1:${port}/`],
    });
    expect(await browser.exited).toBe(0);
    expect(browser.output()).toContain('<title>ran 42</title>');
    server.closeAllConnections();
    server.close();
  });
});
