import { randomBytes } from 'node:crypto';
import { type Element, elementsOf, type StateValues } from './elements.ts';
import type { ViewContent } from './view-content.ts';

/** Slack holds so many modals on top of each other. */
const MOST_STACKED = 3;

export type View = ViewContent & {
  readonly id: string;
  readonly user: string;
  readonly hash: string;
  readonly rootId: string;
  readonly previousId: string | null;
  /** What the person has entered, in the form of `state.values`. */
  readonly entered: StateValues;
  /** Words under fields, by block id: what the app or Slack itself refused. */
  readonly errors: Readonly<Record<string, string>>;
  /** Slack's own words when the app did not answer; null when all is well. */
  readonly trouble: string | null;
};

type ViewError = { readonly error: string };
export type HomesState = readonly View[];

export function isViewError(view: View | ViewError): view is ViewError {
  return 'error' in view;
}

/** The modals that are open, stacked per person, and everybody's Home tab. */
export class ViewStore {
  readonly #clock: () => Date;
  readonly #stacks = new Map<string, readonly View[]>();
  readonly #homes: Map<string, View>;
  /** Options that the app suggested, by view (or message), block and action. */
  readonly #offered = new Map<string, readonly Element[]>();
  #listeners: ((user: string) => void)[] = [];

  constructor(clock: () => Date, restored: HomesState = []) {
    this.#clock = clock;
    this.#homes = new Map(restored.map((home) => [home.user, home]));
  }

  /** The Home tabs, which outlive a restart; modals do not. */
  homesState(): HomesState {
    return [...this.#homes.values()];
  }

  /** Told of the person whose modals or Home tab changed. */
  onChange(listener: (user: string) => void): void {
    this.#listeners.push(listener);
  }

  /** A person's open modals, the one on top last. */
  stack(user: string): readonly View[] {
    return this.#stacks.get(user) ?? [];
  }

  home(user: string): View | undefined {
    return this.#homes.get(user);
  }

  find(id: string): View | undefined {
    return [...this.#stacks.values()].flat().find((view) => view.id === id) ?? this.#homeById(id);
  }

  findExternal(externalId: string): View | undefined {
    const all = [...[...this.#stacks.values()].flat(), ...this.#homes.values()];
    return all.find((view) => view.externalId !== '' && view.externalId === externalId);
  }

  /** Opens a first modal in place of what was open. */
  open(user: string, content: ViewContent): View | ViewError {
    if (this.#isTaken(content)) return { error: 'duplicate_external_id' };
    const id = newId();
    const view = this.#fresh(user, content, { id, rootId: id, previousId: null });
    this.#setStack(user, [view]);
    return view;
  }

  /** Puts a modal on top of the person's others. */
  push(user: string, content: ViewContent): View | ViewError {
    const stack = this.stack(user);
    const top = stack.at(-1);
    if (!top) return { error: 'not_found' };
    if (stack.length >= MOST_STACKED) return { error: 'push_limit_reached' };
    if (this.#isTaken(content)) return { error: 'duplicate_external_id' };
    const view = this.#fresh(user, content, { id: newId(), rootId: top.rootId, previousId: top.id });
    this.#setStack(user, [...stack, view]);
    return view;
  }

  /** Replaces what a view shows. What was entered stays where block and action ids stay. */
  update(view: View, content: ViewContent, hash: string | undefined): View | ViewError {
    if (hash !== undefined && hash !== view.hash) return { error: 'hash_conflict' };
    if (this.#isTaken(content, view)) return { error: 'duplicate_external_id' };
    const externalId = content.externalId || view.externalId;
    const entered = keepEntered(view.entered, content);
    const after = {
      ...view,
      ...content,
      externalId,
      entered,
      hash: this.#newHash(),
      errors: {},
      trouble: null,
    };
    this.#put(after);
    return after;
  }

  publish(user: string, content: ViewContent, hash: string | undefined): View | ViewError {
    const before = this.#homes.get(user);
    if (before) return this.update(before, content, hash);
    if (hash !== undefined) return { error: 'hash_conflict' };
    const id = newId();
    const view = this.#fresh(user, content, { id, rootId: id, previousId: null });
    this.#homes.set(user, view);
    this.#announce(user);
    return view;
  }

  /** Notes what a person entered, or what went wrong; the app sees no new hash for it. */
  note(id: string, changes: Partial<Pick<View, 'entered' | 'errors' | 'trouble'>>): View | undefined {
    const view = this.find(id);
    if (!view) return undefined;
    const after = { ...view, ...changes };
    this.#put(after);
    return after;
  }

  /** Takes a view off the stack, with what lies on it. */
  close(view: View): void {
    const stack = this.stack(view.user);
    const at = stack.findIndex((other) => other.id === view.id);
    if (at >= 0) this.#setStack(view.user, stack.slice(0, at));
  }

  clear(user: string): void {
    this.#setStack(user, []);
  }

  /** Remembers what the app suggested; what it suggested before can still be chosen. */
  offer(place: string, options: readonly Element[]): void {
    const all = [...this.offered(place), ...options];
    this.#offered.set(place, [...new Map(all.map((option) => [option.value, option])).values()]);
  }

  offered(place: string): readonly Element[] {
    return this.#offered.get(place) ?? [];
  }

  #homeById(id: string): View | undefined {
    return [...this.#homes.values()].find((home) => home.id === id);
  }

  #isTaken(content: ViewContent, self?: View): boolean {
    const other = this.findExternal(content.externalId);
    return other !== undefined && other.id !== self?.id;
  }

  #fresh(user: string, content: ViewContent, place: Pick<View, 'id' | 'rootId' | 'previousId'>): View {
    return { ...content, ...place, user, hash: this.#newHash(), entered: {}, errors: {}, trouble: null };
  }

  #newHash(): string {
    return `${Math.floor(this.#clock().getTime() / 1000)}.${randomBytes(4).toString('hex')}`;
  }

  #put(view: View): void {
    if (view.type === 'home') {
      this.#homes.set(view.user, view);
      this.#announce(view.user);
      return;
    }
    const stack = this.stack(view.user).map((other) => (other.id === view.id ? view : other));
    this.#setStack(view.user, stack);
  }

  #setStack(user: string, stack: readonly View[]): void {
    this.#stacks.set(user, stack);
    this.#announce(user);
  }

  #announce(user: string): void {
    for (const listener of this.#listeners) listener(user);
  }
}

function newId(): string {
  return `V${randomBytes(6).toString('hex').toUpperCase()}`;
}

function keepEntered(entered: StateValues, content: ViewContent): StateValues {
  const kept: Record<string, Record<string, Record<string, unknown>>> = {};
  for (const { element, blockId } of elementsOf(content.blocks)) {
    const actionId = String(element.action_id);
    const value = entered[blockId]?.[actionId];
    if (value?.type !== element.type || value === undefined) continue;
    kept[blockId] ??= {};
    kept[blockId][actionId] = value;
  }
  return kept;
}
