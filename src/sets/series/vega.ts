/** The collection of data sets of the Vega project: each file from npm, or from its repository on the web. */
import type { Source } from '../../data/fetch/source.js'
import { npmSource, webSource } from '../../data/fetching.js'

const version = '3.2.1'

/** Sources of one file of the collection, under its own name. */
export const vegaFile = (name: string): Source[] => [
  npmSource(`vega-datasets@${version}`, { [`data/${name}`]: name }),
  webSource({ [name]: `https://raw.githubusercontent.com/vega/vega-datasets/v${version}/data/${name}` }),
]
