import type { CustomValues } from './changes.ts';
import type { CustomField } from './records.ts';
import { Refusal } from './refusal.ts';

/** The fields with the new values: those that are not named keep theirs. Throws a `Refusal` for one that is not there. */
export function withCustomValues(fields: readonly CustomField[], values: CustomValues): CustomField[] {
  for (const { id } of values) {
    if (!fields.some((field) => field.id === id))
      throw new Refusal('invalid', `there is no custom field ${id}`);
  }
  return fields.map((field) => {
    const given = values.find(({ id }) => id === field.id);
    return given ? { ...field, value: given.value } : field;
  });
}
