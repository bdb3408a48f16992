/** The rights of a ConnectWise security role by which a kind of record or a table is read. */
import { psaRights, type ReadKind } from '../../domain/psa-rights.ts';

/** Undefined where the entity of a failure is none that is read. */
export function rightFor(entity: string | undefined): string | undefined {
  if (entity === undefined || !Object.hasOwn(psaRights, entity)) return undefined;
  return psaRights[entity as ReadKind];
}
