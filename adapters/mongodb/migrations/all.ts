import { initial } from './0001-initial.ts';
import { engine } from './0002-engine.ts';
import { requestBudget } from './0003-request-budget.ts';
import { plan } from './0004-plan.ts';
import { reference } from './0005-reference.ts';
import { gate } from './0006-gate.ts';
import type { Migration } from './migration.ts';

/** Every step, in order. A step that was released is never edited or removed. */
export const migrations: readonly Migration[] = [initial, engine, requestBudget, plan, reference, gate];
