import {init} from 'echarts';
import type {Side} from './group';
import {quantity, type Result} from './result';

const WIDTH = 1020;
const ROW_HEIGHT = 40;
const MARGINS = {left: 370, right: 110, top: 76, bottom: 44};
/** The range of the axis, as multiples of the bound. A bar outside of it ends at the edge. */
const [SCALE_MIN, SCALE_MAX] = [1 / 100, 1000];
const COLOURS = {stock: '#a8b3bd', ours: '#0f766e', missed: '#c2410c', bound: '#1f2933'};

/** Draws the rows that have a bound as an SVG. Each bar is a figure divided by the bound of its row, so one line marks all bounds. */
export function picture(results: readonly Result[]): string {
  const rows = results.filter(({row}) => row.bound);
  const bars = (side: Side) =>
    rows.map(result => ({
      value: ofBound(result, side) ?? null,
      label: {formatter: quantity(result.measured[side], result.row.unit)},
      ...(side === 'ours' && result.verdict.met === false && {itemStyle: {color: COLOURS.missed}}),
    }));
  const series = (name: string, side: Side) => ({
    type: 'bar' as const,
    name,
    data: bars(side),
    itemStyle: {color: COLOURS[side]},
    barWidth: 13,
    barGap: '10%',
    label: {show: true, position: 'right' as const, color: COLOURS.bound, fontSize: 11, backgroundColor: '#ffffffd0'},
  });
  const chart = init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: WIDTH,
    height: MARGINS.top + rows.length * ROW_HEIGHT + MARGINS.bottom,
  });
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: {fontFamily: 'sans-serif'},
    title: {
      text: 'Measured, as a multiple of the bound (log scale; shorter is better)',
      left: 'center',
      top: 8,
      textStyle: {fontSize: 15},
    },
    legend: {top: 36, itemGap: 90, data: ['stock, or what the row names', 'loopback-scoped-registry (red: missed)']},
    grid: MARGINS,
    xAxis: {
      type: 'log',
      min: SCALE_MIN,
      max: SCALE_MAX,
      startValue: SCALE_MIN,
      axisLabel: {formatter: multiple},
      splitLine: {lineStyle: {color: '#e4e7eb'}},
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: rows.map(({row}) => row.work),
      axisLabel: {color: COLOURS.bound, width: MARGINS.left - 16},
      axisTick: {show: false},
    },
    series: [
      {
        ...series('stock, or what the row names', 'stock'),
        markLine: {
          symbol: 'none',
          silent: true,
          label: {show: false},
          // The line lies below the bars and their figures.
          z: 1,
          lineStyle: {color: COLOURS.bound, width: 1.5, type: 'solid'},
          data: [{xAxis: 1}],
        },
      },
      series('loopback-scoped-registry (red: missed)', 'ours'),
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

/** The figure as a multiple of the bound: 1 is the bound, more is worse. Undefined when nothing was measured. */
function ofBound({row: {bound}, measured}: Result, side: Side): number | undefined {
  if (measured[side] === 'died') return SCALE_MAX;
  const own = side === 'stock' ? 1 : measured.ratio;
  const value = bound?.of === 'ratio' ? own : measured[side];
  if (!bound || typeof value !== 'number') return undefined;
  const share = bound.atMost === undefined ? bound.atLeast! / value : value / bound.atMost;
  return Math.min(Math.max(share, SCALE_MIN), SCALE_MAX);
}

function multiple(value: number): string {
  if (value === 1) return 'the bound';
  return value < 1 ? `1/${Math.round(1 / value)}` : `${value} ×`;
}
