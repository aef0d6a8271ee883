/**
 * Owns a memory of so many bytes, and in which order what is remembered leaves it: the oldest first; what was asked for since its turn last came
 * goes to the end instead. Does not own what anything weighs.
 *
 * A hit moves nothing. Were its entry taken out of the Map and put in again, V8 would leave a hole in its place each time, walk over all holes of
 * the same hash, and soon write the whole table anew, where only a collection of all garbage gives it back.
 */
interface Place<Value> {
  readonly value: Value;
  readonly bytes: number;
  /** It was asked for since it was last looked at for its place. */
  wanted: boolean;
}

/** However many were asked for, no more of them are looked at for whoever leaves. */
const MOST_SECOND_CHANCES = 16;

export class SecondChances<Value> {
  readonly #places = new Map<string, Place<Value>>();
  #bytes = 0;
  /** One iterator for good: a new one would walk over all that has left at the front. */
  #turn = this.#places.entries();

  constructor(private readonly mostBytes: number) {}

  get size(): number {
    return this.#places.size;
  }

  get(key: string): Value | undefined {
    const place = this.#places.get(key);
    if (place === undefined) return undefined;
    place.wanted = true;
    return place.value;
  }

  /** The newest from now on, whatever was there before. Others leave for it; it stays, however heavy it is. */
  keep(key: string, value: Value, bytes: number): void {
    this.#bytes += bytes - (this.#places.get(key)?.bytes ?? 0);
    this.#places.delete(key);
    while (this.#bytes > this.mostBytes && this.#places.size > 0) this.#dismiss();
    this.#places.set(key, { value, bytes, wanted: false });
  }

  #dismiss(): void {
    for (let chances = 0; ; chances += 1) {
      const [key, place] = this.#next();
      this.#places.delete(key);
      if (!place.wanted || chances === MOST_SECOND_CHANCES) {
        this.#bytes -= place.bytes;
        return;
      }
      place.wanted = false;
      this.#places.set(key, place);
    }
  }

  #next(): readonly [string, Place<Value>] {
    for (;;) {
      const next = this.#turn.next();
      if (next.done !== true) return next.value;
      this.#turn = this.#places.entries();
    }
  }
}
