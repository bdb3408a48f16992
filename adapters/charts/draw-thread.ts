/** The thread that draws one picture. What it says last is the picture. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Chart } from '../../src/ports/pictures.ts';
import { pngOf, svgOf } from './draw.ts';

const png = pngOf(svgOf(workerData as Chart));
parentPort?.postMessage(png);
