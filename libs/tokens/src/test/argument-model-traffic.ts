/**
 * Owns the calls that are under way between the processes of the model of the argument (revocation.md V6 to V18): each takes
 * as long as the run wants, on its way there and back, may be lost on either, or be carried out after its caller gave it up.
 * Does not own what a call does.
 */

/** Leases have a connection of their own. */
type To = 'redis' | 'leases' | 'database';

/** A process: it can be stopped and woken (SIGSTOP), killed, and cut off while its connections stay open. */
export class Party {
  alive = true;
  paused = false;
  /** Connections that pass nothing. */
  cut: readonly To[] = [];
  /** It has not followed the last failover, and still talks to the old primary. */
  behind = false;

  constructor(readonly name: string) {}
}

export type CallFault =
  /** It never arrives. */
  | 'request'
  /** It is carried out; the caller sees an error. */
  | 'reply'
  /** The caller sees an error now; it is carried out later. */
  | 'patience';

class Call {
  stage: 'unsent' | 'sent' | 'answered';
  #tell: () => void = () => undefined;

  constructor(
    readonly from: Party,
    readonly to: To,
    readonly act: () => () => void,
    private readonly fail: (error: Error) => void,
  ) {
    this.stage = from.paused ? 'unsent' : 'sent';
  }

  carryOut(): void {
    this.#tell = this.act();
    this.stage = 'answered';
  }

  lose(): void {
    this.#tell = () => {
      this.fail(new Error(`${this.to} did not answer ${this.from.name}`));
    };
    this.stage = 'answered';
  }

  tell(): void {
    this.#tell();
  }
}

export class Traffic {
  #calls: Call[] = [];

  /** How many calls could go on now. */
  get movable(): number {
    return this.#calls.filter(canMove).length;
  }

  call<Answer>(from: Party, to: To, act: () => Answer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (!from.alive) return;
      const carried = (): (() => void) => {
        const answer = act();
        return () => {
          resolve(answer);
        };
      };
      this.#calls.push(new Call(from, to, carried, reject));
    });
  }

  /** One call goes one stage further, of anybody or of one process alone. @returns whether there was one */
  move(pick: number, from?: Party): boolean {
    const call = this.#pick(pick, from);
    if (call === undefined) return false;
    if (call.stage === 'unsent') call.stage = 'sent';
    else if (call.stage === 'sent') {
      call.carryOut();
      if (!call.from.alive) this.#remove(call);
    } else {
      this.#remove(call);
      call.tell();
    }
    return true;
  }

  fault(pick: number, fault: CallFault): void {
    const sent = this.#calls.filter(({ stage, from }) => stage === 'sent' && from.alive);
    const call = sent[pick % sent.length];
    if (call === undefined) return;
    if (fault === 'patience') {
      // The ghost of the call: nobody hears its answer, and it belongs to nobody that could be killed.
      const ghost = new Party(`the ghost of ${call.from.name}`);
      ghost.alive = false;
      this.#calls.push(new Call(ghost, call.to, call.act, () => undefined));
    }
    if (fault === 'reply') call.carryOut();
    call.lose();
  }

  /** The server ended, and with it every connection to it. What it had answered may still arrive. */
  disconnect(to: readonly To[]): void {
    for (const call of [...this.#calls]) {
      if (!to.includes(call.to) || call.stage !== 'sent') continue;
      if (call.from.alive) call.lose();
      else this.#remove(call);
    }
  }

  kill(party: Party): void {
    party.alive = false;
    party.paused = false;
    this.#calls = this.#calls.filter(({ from, stage }) => from !== party || stage === 'sent');
  }

  #pick(pick: number, from: Party | undefined): Call | undefined {
    const movable = this.#calls.filter((call) => canMove(call) && (from === undefined || from === call.from));
    return movable[pick % movable.length];
  }

  #remove(call: Call): void {
    this.#calls = this.#calls.filter((other) => other !== call);
  }
}

const canMove = ({ from, to, stage }: Call): boolean => {
  if (from.cut.includes(to)) return false;
  // What was sent is on its way, whatever became of the sender.
  return stage === 'sent' || !from.paused;
};
