import { searchForm } from './text.ts';

/** What a project can be named by. */
export type ProjectName = {
  readonly taskId: string;
  readonly externalId: number;
  readonly name: string;
  readonly customer: string | null;
};

/** The rule that found it, surest first. */
export type MatchedBy = 'external id' | 'name' | 'beginning' | 'part';

export type ProjectMatch<P extends ProjectName> =
  | { readonly found: 'one'; readonly project: P; readonly by: MatchedBy }
  | { readonly found: 'several'; readonly projects: readonly P[] }
  | { readonly found: 'none' };

/**
 * Finds the project someone means. The first rule that finds anything decides: external id (with or without
 * `#`), exact name, beginning of the name, part of the name or of the customer's name. Case, accents and
 * repeated blanks do not count. A list that is filtered by what was typed leaves out the beginning of the name:
 * there a part of any name is as good.
 */
export function matchProject<P extends ProjectName>(
  projects: readonly P[],
  typed: string,
  { byBeginning = true }: { readonly byBeginning?: boolean } = {},
): ProjectMatch<P> {
  const wanted = searchForm(typed);
  if (wanted === '') return { found: 'none' };
  const externalId = /^#?(\d{1,10})$/u.exec(wanted)?.[1];
  const rules: readonly [MatchedBy, (project: P) => boolean][] = [
    ['external id', (project) => externalId !== undefined && project.externalId === Number(externalId)],
    ['name', (project) => searchForm(project.name) === wanted],
    ['beginning', (project) => byBeginning && searchForm(project.name).startsWith(wanted)],
    ['part', (project) => searchForm(`${project.name} ${project.customer ?? ''}`).includes(wanted)],
  ];
  for (const [by, rule] of rules) {
    const hits = projects.filter(rule);
    const [first] = hits;
    if (first && hits.length === 1) return { found: 'one', project: first, by };
    if (first) return { found: 'several', projects: hits };
  }
  return { found: 'none' };
}

/**
 * The projects whose names come near to what was typed, best first; none where nothing does. Digits are near to no
 * name: they are an id.
 * @param distance edit distance between two normalised texts
 */
export function nearestProjects<P extends ProjectName>(
  projects: readonly P[],
  typed: string,
  count: number,
  distance: (a: string, b: string) => number,
): readonly P[] {
  const wanted = searchForm(typed);
  if (!/\p{L}/u.test(wanted)) return [];
  const farthest = Math.floor(wanted.length / 2);
  return projects
    .map((project) => ({ project, far: nearness(project, wanted, distance) }))
    .filter(({ far }) => far <= farthest)
    .sort((a, b) => a.far - b.far || a.project.name.localeCompare(b.project.name))
    .slice(0, count)
    .map(({ project }) => project);
}

/**
 * A typed part is near when it is near to the beginning of the project's or the customer's name or to a word of
 * either, not only to the whole.
 */
function nearness(project: ProjectName, wanted: string, distance: (a: string, b: string) => number): number {
  const names = [project.name, project.customer ?? ''].map(searchForm).filter((one) => one !== '');
  const parts = names.flatMap((name) => [name, name.slice(0, wanted.length), ...name.split(' ')]);
  return Math.min(...parts.map((part) => distance(part, wanted)));
}
