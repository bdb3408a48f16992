import { initial } from './0001-initial.ts';
import { engine } from './0002-engine.ts';
import { requestBudget } from './0003-request-budget.ts';
import { plan } from './0004-plan.ts';
import { reference } from './0005-reference.ts';
import { gate } from './0006-gate.ts';
import { childrenDue } from './0007-children-due.ts';
import { lists } from './0010-lists.ts';
import { steering } from './0011-steering.ts';
import { setup } from './0013-setup.ts';
import { incidents } from './0014-incidents.ts';
import { chatReferences } from './0015-chat-references.ts';
import { outbound } from './0016-outbound.ts';
import { apiTokens } from './0017-api-tokens.ts';
import { report } from './0025-report.ts';
import type { Migration } from './migration.ts';

/** Every step, in order. A step that was released is never edited or removed. */
export const migrations: readonly Migration[] = [
  initial,
  engine,
  requestBudget,
  plan,
  reference,
  gate,
  childrenDue,
  lists,
  steering,
  setup,
  incidents,
  chatReferences,
  outbound,
  apiTokens,
  report,
];
