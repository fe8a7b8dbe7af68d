/** How it looks: figures and the report, made of plain data. */
export { curvesOf, numbersIn, seriesOf } from './curves/journal.js'
export type { Picture, ReportData } from './data.js'
export type {
  BarsFigure,
  Figure,
  HeatmapFigure,
  LinesFigure,
  PicturesFigure,
  Section,
  SurfaceFigure,
  TableFigure,
  TextFigure,
} from './figures/data.js'
export { type ColorizeOptions, colorize, type OverlayOptions, overlay } from './figures/matrix/colorize.js'
