/** Where the diagrams of a picture stand, in pixels. Teams takes pictures of up to 1,024 pixels' width. */
export type Box = {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
};

export const pictureWidth = 1_000;
const margin = 20;
const gap = 28;
const headHeight = 76;
const rowHeight = 226;

/** The first takes the whole width, those after it stand two and two. */
export function boxesOf(panels: number): readonly Box[] {
  const whole = pictureWidth - 2 * margin;
  const half = (whole - gap) / 2;
  return Array.from({ length: panels }, (_, n) => {
    const row = Math.ceil(n / 2);
    const isRight = n > 0 && n % 2 === 0;
    return {
      left: isRight ? margin + half + gap : margin,
      top: headHeight + row * (rowHeight + gap),
      width: n === 0 ? whole : half,
      height: rowHeight,
    };
  });
}

export function heightOf(panels: number): number {
  const rows = 1 + Math.ceil((panels - 1) / 2);
  return headHeight + rows * (rowHeight + gap);
}
