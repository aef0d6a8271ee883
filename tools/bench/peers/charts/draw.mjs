// Draws charts as SVG with echarts, which needs neither a browser nor a canvas for it. Reads a list of
// { chart, theme, digest, file } from standard input and writes each file. What stands in a chart is decided elsewhere.
import { readFileSync, writeFileSync } from 'node:fs';
import { init, setPlatformAPI } from 'echarts';

const THEMES = {
  light: {
    text: '#1f2328',
    soft: '#59636e',
    line: '#d1d9e0',
    colors: ['#0969da', '#bc4c00', '#8250df', '#818b98', '#1a7f37', '#bf3989', '#9a6700', '#0a7d91', '#cf222e'],
  },
  dark: {
    text: '#f0f6fc',
    soft: '#9198a1',
    line: '#3d444d',
    colors: ['#4493f8', '#f0883e', '#ab7df8', '#8b949e', '#3fb950', '#db61a2', '#d29922', '#39b3c6', '#ff7b72'],
  },
};
// Without a canvas echarts takes letters to be narrower than they are, and lays one word over the next. By this one it asks how
// high a line is.
const LETTER = 0.6;
const LINE = '国';
setPlatformAPI({
  measureText: (text, font) => {
    const size = Number(/([\d.]+)px/.exec(font)?.[1] ?? 12);
    return { width: text === LINE ? size : text.length * LETTER * size };
  },
});
const WIDTH = 600;
const BAR = 15;
const HEAD = 74;
const FOOT = 44;

const shown = (value) =>
  value === null || value === undefined ? '' : value >= 10 ? String(Math.round(value)) : String(value);

function bars({ title, unit, categories, series }, { text, soft, line, colors }) {
  const height = HEAD + FOOT + categories.length * (series.length * (BAR + 1) + 16);
  return {
    width: WIDTH,
    height,
    option: {
      animation: false,
      color: colors,
      textStyle: { fontFamily: 'system-ui, sans-serif' },
      title: {
        text: `${title} (${unit}, less is better)`,
        left: 0,
        top: 0,
        textStyle: { color: text, fontSize: 15, fontWeight: 600 },
      },
      legend: { top: 30, left: 0, textStyle: { color: text }, itemWidth: 14, itemHeight: 10 },
      grid: { left: 8, right: 60, top: HEAD, bottom: FOOT - 30, containLabel: true },
      // Of what costs twice as much the bar is twice as long: an axis of logarithms would flatter whoever is slow.
      xAxis: { type: 'value', min: 0, axisLabel: { color: soft }, splitLine: { lineStyle: { color: line } } },
      yAxis: {
        type: 'category',
        inverse: true,
        data: categories,
        axisLabel: { color: text },
        axisTick: { show: false },
        axisLine: { lineStyle: { color: line } },
      },
      series: series.map(({ name, values }) => ({
        type: 'bar',
        name,
        data: values,
        barWidth: BAR,
        barGap: '7%',
        label: { show: true, position: 'right', color: text, fontSize: 11, formatter: ({ value }) => shown(value) },
      })),
    },
  };
}

/** Two of them stand beside each other where there is room, and below each other on a telephone. */
const PANEL = { width: 460, height: 380, names: 194 };
/** Where a size is none: an axis of logarithms has no zero. */
const NONE = 1;

/** Both axes are of logarithms: ten times as many, and twice the cost, are as wide and as high wherever they stand. */
function lines({ title, unit, over, series }, { text, soft, line, colors }) {
  const sizes = [...new Set(series.flatMap(({ points }) => points.map(([size]) => size)))];
  const few = Math.max(NONE, Math.min(...sizes));
  const axis = { type: 'log', axisLine: { lineStyle: { color: line } }, splitLine: { lineStyle: { color: line } } };
  return {
    width: PANEL.width,
    height: PANEL.height,
    option: {
      animation: false,
      color: colors,
      textStyle: { fontFamily: 'system-ui, sans-serif' },
      title: { text: `${title} (${unit})`, left: 0, top: 0, textStyle: { color: text, fontSize: 15, fontWeight: 600 } },
      grid: { left: 4, right: PANEL.names, top: 40, bottom: 26, containLabel: true },
      xAxis: {
        ...axis,
        name: over,
        nameLocation: 'middle',
        nameGap: 26,
        nameTextStyle: { color: soft },
        min: few,
        max: Math.max(...sizes),
        axisLabel: {
          ...{ color: soft, hideOverlap: true },
          formatter: (size) => short(size === NONE && sizes.includes(0) ? 0 : size),
        },
      },
      yAxis: { ...axis, axisLabel: { color: soft, formatter: short } },
      series: series.map(({ name, points }) => ({
        type: 'line',
        name,
        data: points.map(([size, cost]) => [Math.max(NONE, size), cost]),
        symbol: 'circle',
        symbolSize: 6,
        lineStyle: { width: 2 },
        endLabel: {
          show: true,
          formatter: ({ seriesName, value: [, cost] }) => `${seriesName} ${shown(cost)}`,
          color: 'inherit',
          fontSize: 12,
        },
        labelLayout: { moveOverlap: 'shiftY' },
      })),
    },
  };
}

const short = (n) => (n >= 1e6 ? `${n / 1e6} M` : n >= 1e3 ? `${n / 1e3} k` : String(n));
const KINDS = { bars, lines };

for (const { chart, theme, digest, file } of JSON.parse(readFileSync(0, 'utf8'))) {
  const { width, height, option } = KINDS[chart.kind](chart, THEMES[theme]);
  const drawing = init(null, null, { renderer: 'svg', ssr: true, width, height });
  drawing.setOption(option);
  writeFileSync(file, `${drawing.renderToSVGString()}\n<!-- of ${digest} -->\n`);
  drawing.dispose();
}
