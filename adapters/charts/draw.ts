/** A chart as SVG, and that as PNG. Takes some tenths of a second: for a thread of its own. */
import { fileURLToPath } from 'node:url';
import { Resvg } from '@resvg/resvg-js';
import { init } from 'echarts/dist/echarts.esm.min';
import type { Chart } from '../../src/ports/pictures.ts';
import { heightOf, pictureWidth } from './layout.ts';
import { fontFamily, optionOf } from './option.ts';

/** Never those of the machine: a picture is the same everywhere. */
const fontFiles = [
  import.meta.resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf'),
  import.meta.resolve('@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf'),
].map((url) => fileURLToPath(url));

export function svgOf(chart: Chart): string {
  const size = { width: pictureWidth, height: heightOf(chart.panels.length) };
  const drawn = init(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    drawn.setOption(optionOf(chart));
    return drawn.renderToSVGString();
  } finally {
    drawn.dispose();
  }
}

export function pngOf(svg: string): Uint8Array {
  const font = { loadSystemFonts: false, fontFiles, defaultFontFamily: fontFamily };
  return new Resvg(svg, { font }).render().asPng();
}
