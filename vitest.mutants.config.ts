import { defineConfig } from 'vitest/config';

const rules =
  'reconcile,outbound-fields,new-records,rejections,inbound-fields,deletion-guard,wbs-codes,status-mapping';

/** The tables of cases that `npm run mutants:domain` measures: what they do not notice, no rule of ours is proved by. */
export default defineConfig({ test: { include: [`test/unit/domain-{${rules}}.test.ts`] } });
