import { npmHasEnded, npmOf } from './launcher.js';

describe('npm start ends with the npm that started it', () => {
  it.each([
    ['goes on as long as it is the child of its npm', 4711, 4711, false],
    ['ends as an orphan that process 1 has taken in', 4711, 1, true],
    ['ends as an orphan that another has taken in, such as a supervisor', 4711, 815, true],
    ['goes on where npm is process 1, the first of a container', 1, 1, false],
  ])('%s', (_what, npm, parentNow, ended) => {
    expect(npmHasEnded(npm, parentNow)).toBe(ended);
  });

  it.each([
    ['the one that its shell has named, also when it has ended since', '4711', 1, 4711],
    ['its parent, where nobody has named one', undefined, 815, 815],
    ['its parent, where the shell knows no $PPID', '$PPID', 815, 815],
    ['its parent, where the shell has put nothing in its place', '', 815, 815],
  ])('which is %s', (_what, said, parentNow, npm) => {
    expect(npmOf(said, parentNow)).toBe(npm);
  });
});
