/** Tables as CSV (RFC 4180), safe to open in a spreadsheet. */

export type Cell = string | number | Date | undefined;

/** Lines end with CR LF; the first has the names of the columns. */
export function csv(columns: readonly string[], rows: readonly (readonly Cell[])[]): Uint8Array {
  const lines = [columns, ...rows].map((cells) => cells.map(cellOf).join(','));
  return new TextEncoder().encode(lines.map((line) => `${line}\r\n`).join(''));
}

function cellOf(cell: Cell): string {
  if (cell === undefined) return '';
  if (typeof cell === 'number') return String(cell);
  const text = harmless(cell instanceof Date ? cell.toISOString() : cell);
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A spreadsheet takes a text that begins so for a formula: what somebody typed into ConnectWise must not be run. */
function harmless(text: string): string {
  return /^\s*[=+\-@]/u.test(text) || /^[\t\r]/u.test(text) ? `'${text}` : text;
}
