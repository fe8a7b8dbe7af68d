/** The rules of the house, in one place: rooms in order, budgets, and the few files that are allowed more. */

/** One folder of src: what it answers, and whether users may import it as `hebb/<name>`. */
export interface Room {
  readonly name: string
  readonly caption: string
  readonly door: boolean
}

/** Everything the checks know about how the source is laid out. */
export interface House {
  /** in order: a room imports from itself and from the rooms before it */
  readonly rooms: readonly Room[]
  /** most lines of a file, and from where on a file is told to split soon */
  readonly lines: { readonly most: number; readonly warn: number }
  /** most lines of a room, and from where on it is told to part soon: what a newcomer can still read whole */
  readonly roomLines: { readonly most: number; readonly warn: number }
  /**
   * rooms that are collections, each with the reason: programs that nobody imports, so that a folder of theirs counts as a room, imports no other folder of
   * them, and from outside only their index.ts is imported
   */
  readonly collections: Readonly<Record<string, string>>
  /** lists of names that may be longer: one line a name, nothing to split by */
  readonly lists: readonly string[]
  /** most files directly in one folder, its index.ts not counted */
  readonly files: number
  /** files made by scripts, never committed: no rule is about them */
  readonly made: readonly string[]
  /** folders written in another language than TypeScript proper: only captions are asked of them */
  readonly foreign: readonly string[]
  /** files (or folders, ending in /) that may use Node, its globals and packages that need it */
  readonly seams: readonly string[]
  /** packages that run in Node only */
  readonly nodePackages: readonly string[]
  /** folders whose files may import one another in circles: a gradient is written with other primitives, and theirs with it */
  readonly circles: readonly string[]
  /** start of the paths that may step around the type system */
  readonly holes: readonly string[]
  /** folders whose options may not be given as undefined yet */
  readonly strictOptions: readonly string[]
  /** folders where `private` stands for `#` */
  readonly privates: readonly string[]
  /** folders beside src, for the tree in docs/house.md */
  readonly beside: Readonly<Record<string, string>>
}

const room = (name: string, caption: string, door = true): Room => ({ name, caption, door })

export const house: House = {
  rooms: [
    room('tensor', 'WHAT A NUMBER GRID IS'),
    room('host', 'WHERE IT RUNS', false),
    room('graph', 'WHAT A COMPUTATION IS'),
    room('ops', 'EVERY PRIMITIVE'),
    room('maths', 'MATRICES, WAVES, STATISTICS'),
    room('functional', 'WHAT LAYERS COMPUTE'),
    room('autodiff', 'HOW IT LEARNS'),
    room('kernels', 'WHAT ONNX RUNTIME HAS NO OP FOR'),
    room('runtime', 'HOW IT RUNS'),
    room('loss', 'HOW WRONG IT IS'),
    room('nn', 'WHAT A LAYER IS'),
    room('optim', 'HOW IT STEPS'),
    room('files', 'WHAT LASTS'),
    room('memory', 'WHAT IT REMEMBERS'),
    room('saving', 'HOW A MODEL LASTS'),
    room('data', 'WHAT IT LEARNS FROM'),
    room('sets', 'WHAT IT LEARNS FROM, BY NAME'),
    room('metrics', 'HOW GOOD IT IS'),
    room('report', 'HOW IT LOOKS'),
    room('train', 'HOW A RUN GOES'),
    room('interop', 'WHAT OTHERS WROTE'),
    room('vision', 'PICTURES'),
    room('look', 'WHAT IT HAS LEARNED'),
    room('tokenize', 'HOW TEXT BECOMES NUMBERS'),
    room('chat', 'HOW A TALK BECOMES TEXT'),
    room('text', 'WORDS'),
    room('llm', 'WHAT WRITES'),
    room('tune', 'HOW A MODEL IS SHAPED'),
    room('align', 'HOW A MODEL IS ALIGNED'),
    room('serve', 'HOW IT ANSWERS'),
    room('debug', 'WHAT WENT ON'),
    room('entry', 'WHERE IT BEGINS', false),
    room('recipes', 'WHAT ANYONE CAN RUN BY NAME', false),
    room('cli', 'THE FACE', false),
  ],
  lines: { most: 300, warn: 250 },
  roomLines: { most: 5200, warn: 5000 },
  collections: {
    recipes: 'some twenty programs side by side: whoever reads one needs none of the others, only what lies beside the folders',
  },
  lists: ['src/index.ts'],
  files: 12,
  made: ['src/kernels/wasm.ts'],
  foreign: ['src/kernels/assembly/'],
  seams: [
    'src/host/node.ts',
    'src/host/largePages.ts',
    'src/host/library.ts',
    'src/runtime/ort/',
    'src/files/node/',
    'src/data/fetch/',
    'src/interop/node/',
    'src/serve/node/',
    'src/train/sweep/pool.ts',
    'src/train/sweep/worker.ts',
    'src/entry/',
    'src/cli/',
  ],
  nodePackages: ['koffi', 'onnxruntime-node', 'commander', 'tar', '@hono/node-server'],
  circles: ['src/ops/', 'src/maths/', 'src/functional/'],
  holes: ['src/runtime/ort/'],
  privates: ['src/runtime/', 'src/text/'],
  strictOptions: ['src/runtime/', 'src/text/'],
  beside: {
    'tests/': 'behaviour, reference numbers, and the documentation executed',
    'bench/': 'step times beside other libraries, in one interleaved run',
    'docs/': 'recipes, what the bench measures, the log of what was tried, and the papers',
    'scripts/': 'the checks, and what the build makes',
  },
}

/** The room a path of src belongs to; '' for src/index.ts, which may import from every room but the last ones' faces. */
export const roomOf = (path: string): string => /^src\/([^/]+)\//.exec(path)?.[1] ?? ''
