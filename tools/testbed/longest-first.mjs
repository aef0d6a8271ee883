// The order in which jest takes the specs of a project: those that run longest first, so that no worker is left with one of them
// when the others have nothing more to do. Where nothing is remembered of an earlier run, jest goes by the size of a spec,
// which says nothing of those that fill the memory of a process, drive a browser, or try thousands of cases.
import Sequencer from '@jest/test-sequencer';

const LONG = /(memory|\.browser|\.property)\.spec\.ts$/;

export default class LongestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const long = sorted.filter(({ path }) => LONG.test(path));
    return [...long, ...sorted.filter((test) => !long.includes(test))];
  }
}
