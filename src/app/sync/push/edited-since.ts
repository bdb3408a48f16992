import type { PlanKind, PlanRecord } from '../../../domain/plan.ts';
import type { Planner } from '../../../ports/planner.ts';

const rowsAtOnce = 500;

/** Live records whose last plan edit came after `seq`, page by page. */
export async function* editedSince(
  planner: Pick<Planner, 'editedSince'>,
  projectId: string,
  kind: PlanKind,
  seq: number,
): AsyncGenerator<readonly PlanRecord[]> {
  for (let after: string | undefined; ; ) {
    const page = await planner.editedSince(projectId, kind, seq, {
      limit: rowsAtOnce,
      ...(after === undefined ? {} : { after }),
    });
    yield page;
    after = page.at(-1)?.id;
    if (page.length < rowsAtOnce) return;
  }
}
