import { Refusal } from '../world/refusal.ts';
import type { SimulatorState } from './simulator-state.ts';

export type ControlInput = {
  /** What the group of the path's pattern caught. */
  readonly id: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
};

/** One thing that the control API can do. It throws `Refusal` or `ZodError`; null is an answer without body. */
export type ControlRoute = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Of the path below `/_control`. */
  readonly path: RegExp;
  readonly status?: number;
  readonly run: (state: SimulatorState, input: ControlInput) => unknown;
};

export function recordId(text: string): number {
  const id = Number(text);
  if (!Number.isInteger(id) || id < 1) throw new Refusal('invalid', `${JSON.stringify(text)} is not an id`);
  return id;
}
