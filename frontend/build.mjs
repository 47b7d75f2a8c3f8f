// Builds courtwatch/static from scss/, src/ and the pinned packages. Deterministic: the same
// sources give the same bytes, so `node build.mjs --check` can say whether a build is missing.

import { createHash } from 'node:crypto'
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import * as sass from 'sass'
import subsetFont from 'subset-font'

const here = dirname(fileURLToPath(import.meta.url))
const target = join(here, '..', 'courtwatch', 'static')
const fonts = join(here, 'node_modules', '@fontsource', 'noto-sans-khmer')
const checking = process.argv.includes('--check')
const FIRST_LOAD_LIMIT = 60 * 1024

const output = new Map()
const manifest = {}

function add (name, content) {
  const bytes = Buffer.from(content)
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 10)
  const dot = name.lastIndexOf('.')
  const hashed = `${name.slice(0, dot)}.${hash}${name.slice(dot)}`
  output.set(hashed, bytes)
  manifest[name] = hashed
  if (/\.(css|js|svg)$/.test(name)) {
    const zipped = gzipSync(bytes, { level: 9 })
    zipped[9] = 255 // the header's "operating system" byte, so that every machine writes the same
    output.set(`${hashed}.gz`, zipped)
    output.set(`${hashed}.br`, brotliCompressSync(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
    }))
  }
  return hashed
}

// Khmer letters, signs and digits; not the 32 lunar date symbols, which weigh a third of the font.
// Blanks too: where a font has none, Pango lays lines out with blanks of no width and prints others.
let khmer = ' \u00a0\u200b\u200c\u200d\u25cc'
for (let point = 0x1780; point <= 0x17f9; point++) khmer += String.fromCodePoint(point)
for (const weight of [400, 700]) {
  const whole = await readFile(join(fonts, 'files', `noto-sans-khmer-khmer-${weight}-normal.woff2`))
  add(`noto-sans-khmer-${weight}.woff2`, await subsetFont(whole, khmer, { targetFormat: 'woff2' }))
}

let { css } = sass.compile(join(here, 'scss', 'courtwatch.scss'), {
  style: 'compressed',
  loadPaths: [join(here, 'node_modules')],
  logger: sass.Logger.silent
})
for (const [name, hashed] of Object.entries(manifest)) css = css.replaceAll(name, hashed)
add('courtwatch.css', css)
const scripts = ['courtwatch.js', 'case-picker.js'].map(name => readFile(join(here, 'src', name), 'utf8'))
// Both end without a semicolon, and the second begins with a parenthesis.
add('courtwatch.js', (await Promise.all(scripts)).join(';\n'))
add('icon.svg', await readFile(join(here, 'src', 'icon.svg')))

const licences = []
for (const file of (await readdir(join(here, 'LICENSES'))).sort()) {
  licences.push(await readFile(join(here, 'LICENSES', file), 'utf8'))
}
output.set('LICENSES.txt', Buffer.from(licences.join('\n' + '-'.repeat(72) + '\n\n')))
output.set('manifest.json', Buffer.from(JSON.stringify(manifest, Object.keys(manifest).sort(), 2) + '\n'))

let firstLoad = 0
for (const name of Object.values(manifest)) {
  firstLoad += (output.get(`${name}.gz`) ?? output.get(name)).length
}
console.log(`all assets compressed, both Khmer fonts included: ${firstLoad} bytes`)
if (firstLoad > FIRST_LOAD_LIMIT) {
  console.error(`the first load may weigh at most ${FIRST_LOAD_LIMIT} bytes`)
  process.exit(1)
}

await mkdir(target, { recursive: true })
const present = new Set(await readdir(target))
if (checking) {
  const wrong = []
  for (const [name, bytes] of output) {
    if (!present.has(name) || !(await readFile(join(target, name))).equals(bytes)) wrong.push(name)
  }
  for (const name of present) if (!output.has(name)) wrong.push(name)
  if (wrong.length > 0) {
    console.error(`courtwatch/static is not what the sources give: ${wrong.join(', ')}; run: npm run build`)
    process.exit(1)
  }
  console.log('courtwatch/static is up to date')
} else {
  for (const name of present) if (!output.has(name)) await rm(join(target, name))
  for (const [name, bytes] of output) await writeFile(join(target, name), bytes)
  console.log(`${output.size} files written`)
}
