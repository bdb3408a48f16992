import { toSeconds } from './timestamps.ts';

type Changing = { readonly id: number; readonly _info?: { readonly lastUpdated: string } };
type Entry = { readonly at: string; readonly id: number };

/** Entries that no longer hold are thrown away when there are this many more entries than rows. */
const SLACK = 1_000;
/** From this share of all rows on, looking at every row costs no more than sorting the ones found. */
const WORTHWHILE_SHARE = 0.25;

function stampOf(row: Changing | undefined): string | undefined {
  return row?._info?.lastUpdated;
}

/**
 * The rows of a store by when they changed last, so that a question for what is new reads what is new only.
 * A change adds an entry and leaves the former one of its row where it is: an entry counts while its row still
 * carries its stamp. Stamps in whole seconds, UTC, compare as texts.
 */
export class ChangeOrder {
  readonly #rowOf: (id: number) => Changing | undefined;
  #entries: Entry[] = [];
  #sorted = true;

  constructor(rowOf: (id: number) => Changing | undefined) {
    this.#rowOf = rowOf;
  }

  add(row: Changing, before: Changing | undefined): void {
    const at = stampOf(row);
    if (at === undefined || at === stampOf(before)) return;
    const last = this.#entries.at(-1);
    if (last && last.at > at) this.#sorted = false;
    this.#entries.push({ at, id: row.id });
  }

  /** Ascending; null when they are so many that the whole of `all` may as well be looked at. */
  idsSince(from: number, all: readonly number[]): readonly number[] | null {
    if (Number.isNaN(new Date(from).getTime())) return null;
    this.#tidy(all);
    const stamp = toSeconds(new Date(from));
    const start = this.#firstAt(stamp);
    if (this.#entries.length - start > all.length * WORTHWHILE_SHARE + SLACK) return null;
    const found = new Set<number>();
    for (let index = start; index < this.#entries.length; index += 1) {
      const entry = this.#entries[index];
      if (entry && stampOf(this.#rowOf(entry.id)) === entry.at) found.add(entry.id);
    }
    return [...found].sort((left, right) => left - right);
  }

  #tidy(all: readonly number[]): void {
    if (this.#entries.length > 2 * all.length + SLACK) {
      this.#entries = this.#entries.filter(({ at, id }) => stampOf(this.#rowOf(id)) === at);
    }
    if (this.#sorted) return;
    this.#entries.sort((left, right) => (left.at === right.at ? 0 : left.at < right.at ? -1 : 1));
    this.#sorted = true;
  }

  #firstAt(stamp: string): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle]?.at ?? '') < stamp) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
