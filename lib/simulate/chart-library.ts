import {readFileSync} from 'node:fs';

// uplot is not installed with the package: scripts/bundle-command.mjs replaces this module by one that contains both texts
/** uPlot's script and style sheet, as a page embeds them. */
export const CHART_SCRIPT = readFileSync(require.resolve('uplot/dist/uPlot.iife.min.js'), 'utf8');
export const CHART_STYLE = readFileSync(require.resolve('uplot/dist/uPlot.min.css'), 'utf8');
