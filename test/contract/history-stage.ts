/**
 * What histories play on: the engine with a simulator, processes that may die between any two calls, steps that come
 * due in the middle of a run, and time that is moved by hand.
 */
import type { Db } from 'mongodb';
import type { PlanPage } from '../../src/ports/planner.ts';
import { type EngineRig, engineSchedule, type Ports } from '../support/engine-rig.ts';
import { ProcessLife, portsOf } from './inbound-process.ts';

const second = 1_000;
const minute = 60_000;
const hour = 60 * minute;

export type StagedStep = {
  readonly do: string;
  readonly pick: number;
  readonly value: number;
  /** Done when runs have made so many more calls, or before the next call of that name; null: at once. */
  readonly after: number | string | null;
};

/** The call of a run in hand that waits for a step to be done. */
export type During = { readonly process: ProcessLife; readonly call: string };
type Process = ReturnType<EngineRig['startWorker']> & { readonly life: ProcessLife };

/** Lengths of time that histories choose from. */
export const lengths = [
  second,
  30 * second,
  61 * second,
  2 * minute,
  5 * minute,
  11 * minute,
  hour,
  5 * hour,
] as const;
/** Time passes in few steps: each is a look-out for changes and whatever is due by then. */
function stepOf(ms: number): number {
  return ms <= 2 * minute ? minute : ms / 2;
}

/** How long a call takes. */
const callMs = 9;

export abstract class HistoryStage<Step extends StagedStep> {
  /** The story as it was played. */
  readonly told: string[] = [];
  /** Steps that were really done. */
  readonly done: Step['do'][] = [];
  protected readonly db: Db;
  protected rig!: EngineRig;
  /** Inside of a run an error would be taken for a fault of its own: it is kept for the end. */
  protected broken: unknown;
  readonly #schedule: typeof engineSchedule;
  readonly #pending: { readonly at: number | string; readonly step: Step }[] = [];
  readonly #fences = new Map<string, number>();
  #calls = 0;
  #depth = 0;
  #processes = 0;
  #main: Process | undefined;

  /**
   * @param comprehensives by the clock; without them what a delta loses stays lost
   * @param miscMs how often boards, statuses and members are read
   */
  constructor(db: Db, comprehensives: boolean, miscMs: number = engineSchedule.miscMs) {
    this.db = db;
    const comprehensiveMs = comprehensives ? engineSchedule.comprehensiveMs : 1_000 * hour;
    this.#schedule = { ...engineSchedule, comprehensiveMs, miscMs };
  }

  /** Does a step; what it says was done, undefined where there was nothing to do it on. */
  protected abstract deed(step: Step, during: During | undefined): Promise<string | undefined>;
  /** Throws: a run wrote though a later one had begun. */
  protected abstract staleRunWrote(detail: string): never;
  /** After a page of a run was written into the plan. */
  protected async written(_page: PlanPage): Promise<void> {}

  /** Knows whose run is the latest in each project, and sees whether an earlier one still writes. */
  protected watched(ports: Ports): Ports {
    const { planner } = ports;
    const keyOf = ({ lane, projectId }: { lane: string; projectId: string }) => `${lane} ${projectId}`;
    return {
      ...ports,
      planner: {
        ...planner,
        beginRun: async (run) => {
          const begun = await planner.beginRun(run);
          if (begun) this.#fences.set(keyOf(run), Math.max(run.fence, this.#fences.get(keyOf(run)) ?? 0));
          return begun;
        },
        apply: async (page) => {
          const latest = this.#fences.get(keyOf(page)) ?? page.fence;
          const applied = await planner.apply(page);
          const parts = [page.create, page.update, page.delete ?? [], page.mark ?? [], page.pair ?? []];
          const writes = parts.reduce((sum, { length }) => sum + length, 0);
          const wrote = applied.result === 'stored' && applied.refused < writes;
          if (latest > page.fence && wrote)
            this.#keep(() => this.staleRunWrote(`fence ${page.fence} wrote after ${latest} had begun`));
          if (wrote) await this.written(page);
          return applied;
        },
      },
    };
  }

  #keep(broken: () => never): void {
    try {
      broken();
    } catch (error) {
      this.broken ??= error;
    }
  }

  /** Whether a run is in hand that waits for a step. */
  protected get inRun(): boolean {
    return this.#depth > 0;
  }

  protected startProcess(): Process {
    this.#processes += 1;
    const name = `worker ${this.#processes}`;
    const life = new ProcessLife(name, (process, call) => this.#beforeCall(process, call));
    const worker = this.rig.startWorker(name, (ports) => portsOf(life, this.watched(ports)));
    return { ...worker, life };
  }

  async #beforeCall(process: ProcessLife, call: string): Promise<void> {
    this.rig.time.advance(callMs);
    this.#calls += 1;
    if (this.#depth >= 2) return;
    for (;;) {
      const index = this.#pending.findIndex(({ at }) =>
        typeof at === 'string' ? at === call : at <= this.#calls,
      );
      const [due] = index < 0 ? [] : this.#pending.splice(index, 1);
      if (!due) return;
      this.#depth += 1;
      try {
        await this.#do(due.step, { process, call });
      } catch (error) {
        this.broken ??= error;
      } finally {
        this.#depth -= 1;
      }
    }
  }

  protected async take(one: Step): Promise<void> {
    if (one.after === null) await this.#do(one);
    else if (typeof one.after === 'string') this.#pending.push({ at: one.after, step: one });
    else this.#pending.push({ at: this.#calls + one.after, step: one });
    if (this.broken) throw this.broken;
  }

  /** What was to come in the middle of some run does not come any more. */
  protected forgetPending(): void {
    this.#pending.length = 0;
  }

  async #do(one: Step, during?: During): Promise<void> {
    const text = await this.deed(one, during);
    if (text === undefined) return;
    this.done.push(one.do);
    this.tell(text, during);
  }

  protected tell(text: string, during?: During): void {
    const at = this.rig.time.now().toISOString().slice(5, 19);
    const where = during ? ` (${during.process.name} before ${during.call})` : '';
    this.told.push(`${at} ${text}${where}`);
  }

  #living(): Process {
    if (!this.#main || this.#main.life.dead) this.#main = this.startProcess();
    return this.#main;
  }

  async #work(process: Process): Promise<void> {
    await Promise.race([process.runDue(), process.life.died]);
  }

  /** Whatever is due is run: while one process stalls, by another. */
  protected async work(): Promise<void> {
    await this.#work(this.inRun ? this.startProcess() : this.#living());
  }

  protected async anotherWorks(): Promise<string> {
    const other = this.startProcess();
    await this.rig.stores.tasks.tick(this.#schedule);
    await this.#work(other);
    return `${other.life.name} has done what was due`;
  }

  protected async pass(ms: number, stepMs = stepOf(ms)): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.rig.time.advance(Math.min(stepMs, ms - passed));
      await this.rig.stores.tasks.tick(this.#schedule);
      const process = this.inRun ? this.startProcess() : this.#living();
      await Promise.race([process.probe(), process.life.died]);
      await this.#work(process);
    }
    if (this.broken && !this.inRun) throw this.broken;
  }
}
