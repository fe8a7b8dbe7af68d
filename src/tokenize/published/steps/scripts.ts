/** Runs of one writing system: a text is cut where another one begins. */
import { type Piece, sliced } from './piece.js'

/** Scripts in Unicode's names; kana count as Han, as Japanese mixes them. What is in none of these is a script of its own kind, Common or Inherited too. */
const names =
  'Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Common Coptic Cuneiform Cypriot Cyrillic Deseret Devanagari Duployan Egyptian_Hieroglyphs Elbasan Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati Gurmukhi Han Hangul Hanunoo Hatran Hebrew Imperial_Aramaic Inherited Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Kayah_Li Kharoshthi Khmer Khojki Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani Malayalam Mandaic Manichaean Marchen Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean New_Tai_Lue Newa Nko Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_South_Arabian Old_Turkic Oriya Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sora_Sompeng Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Ugaritic Vai Warang_Citi Yi'

const scripts = names.split(' ').map((name) => [name, new RegExp(`\\p{Script=${name}}`, 'u')] as const)
const known = new Map<string, string | undefined>()

/** The script of a character; undefined for a blank and for what has none, which stay with their neighbours. */
function scriptOf(character: string): string | undefined {
  if (character === ' ') return undefined
  if (character === 'ー' || /[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(character)) return 'Han'
  if (!known.has(character)) {
    if (known.size > 10_000) known.clear()
    known.set(character, scripts.find(([, pattern]) => pattern.test(character))?.[0])
  }
  return known.get(character)
}

/** A piece cut where the script changes; blanks before the first character of a script are left out, as in Python. */
export function scriptRuns(piece: Piece): Piece[] {
  const out: Piece[] = []
  let [from, at] = [0, 0]
  let last: string | undefined
  for (const character of piece.text) {
    const script = scriptOf(character)
    if (script !== undefined) {
      if (last === undefined) from = at
      else if (last !== script) {
        out.push(sliced(piece, from, at))
        from = at
      }
      last = script
    }
    at += character.length
  }
  if (last !== undefined && at > from) out.push(sliced(piece, from, at))
  return out
}
