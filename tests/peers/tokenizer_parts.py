"""Tokenizers of every kind of part, written by Python's tokenizers, and what they make of texts.

usage: python tokenizer_parts.py FOLDER SEED COUNT [TOKENIZER_JSON …]    writes FOLDER/N.json (a tokenizer.json) and FOLDER/N.cases.json
"""

import json
import os
import random
import sys


from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

CORPUS = """The quick brown fox jumps over the lazy dog. It's 3 o'clock, isn't it? We'll see: 12,345.67 + 89 = ½ of ١٢٣.
Über naïve café résumé — “quoted” ‘text’ … Straße ﬁne ﬀ ＦＵＬＬ ｗｉｄｔｈ ①②③ Ⅷ
日本語のテキスト、漢字かな交じり文。中文字符 한국어 텍스트 ไทย עברית العربية हिन्दी 🙂👍🏽👩‍👩‍👧‍👦🏳️‍🌈
def f(x):\n\treturn x**2  # comment\nfor i in range(10): print(i, f(i))\n\n\n
<html><body class="x">&amp; &lt;</body></html> user@example.com https://example.org/a?b=c#d
The cats sat. the dogs ran; HELLO Hello hello hELLO camelCaseWords snake_case_words kebab-case-words 2024-01-31T12:00:00Z
""".split("\n")

PIECES = ["hello", "Hello", " ", "  ", "   ", "\n", "\n\n", "\t", "\r\n", "\u00a0", "\u2003", "\u3000", "\u200b", "\u200d", "\ufeff", "\u0000", "\u00ad", "a", "Z", "0", "12", "٣", "é", "e\u0301", "ß", "İ", "ı", "ǆ", "ﬁ",
          "½", "²", "中", "文字", "かな", "カナ", "ー", "한국", "ไทย", "עברית", "العربية", "हिन्दी", "🙂", "👍🏽", "👩‍👩‍👧", "🏳️‍🌈", "𝔘", "𐍈", ".", ",", "!", "?", "...", "…", "—", "-", "_", "'", "'s", "’s", "'LL", "\"", "“", "(", ")", "[", "]", "<", ">", "<s>", "</s>", "<unk>", "[MASK]", "[mask]", "<mask>", "<extra>", "extra",
          "##", "▁", "Ġ", "@", "#", "$", "€", "+", "=", "^", "`", "~", "|", "\\", "/", "%", "&", "don't", "CamelCase", "the", "The", "quick", " quick", "\u0301", "\u093f", "\u0e33", "\u1e9b\u0323", "Å", "Å", "\uac00", "\u1100\u1161", "x" * 40, "\u2028", "\u0085", "\x1c", "\x7f", "ſ", "Ω", "ς"]


def texts(draw):
    made = ["", " ", "Hello, world!", "  leading and trailing  ", draw.choice(CORPUS), CORPUS[0] + CORPUS[1] + CORPUS[2]]
    for _ in range(18):
        made.append("".join(draw.choice(PIECES) + draw.choice(["", "", " "]) for _ in range(draw.choice([1, 2, 4, 9, 30]))))
    return made


BEHAVIOURS = ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]


def normalizer(draw, depth=0):
    kinds = ["nfc", "nfd", "nfkc", "nfkd", "lower", "strip_accents", "strip", "replace", "replace_regex", "prepend", "bert", "nmt", "bytes"]
    kind = draw.choice(kinds + (["seq"] * 4 if depth == 0 else []))
    return {
        "nfc": normalizers.NFC, "nfd": normalizers.NFD, "nfkc": normalizers.NFKC, "nfkd": normalizers.NFKD, "lower": normalizers.Lowercase, "nmt": normalizers.Nmt,
        "strip_accents": normalizers.StripAccents, "strip": lambda: normalizers.Strip(left=draw.random() < 0.5, right=draw.random() < 0.5),
        "replace": lambda: normalizers.Replace(draw.choice([" ", "``", "e", "--"]), draw.choice(["▁", "\"", "", "é "])),
        "replace_regex": lambda: normalizers.Replace(Regex(draw.choice([r" {2,}", r"[\n\r\t]", r"\d+", r"\p{P}", r"(?i)the", r"[^\S\n]+"])), draw.choice([" ", "#", ""])),
        "prepend": lambda: normalizers.Prepend(draw.choice(["▁", "x "])), "bytes": lambda: normalizers.ByteLevel() if depth == 0 and draw.random() < 0.3 else normalizers.NFC(),
        "bert": lambda: normalizers.BertNormalizer(clean_text=draw.random() < 0.7, handle_chinese_chars=draw.random() < 0.7, strip_accents=draw.choice([None, True, False]), lowercase=draw.random() < 0.7),
        "seq": lambda: normalizers.Sequence([normalizer(draw, 1) for _ in range(draw.choice([2, 3]))]),
    }[kind]()


PATTERNS = [r"\s+", r"\w+|[^\w\s]+", r"\d", r"\d{1,3}", r"'s|'t|'re| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
            r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t)?|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s+", r"[一-龥぀-ゟ゠-ヿ]+", r"\b", r"(?=[A-Z])", r"[[:punct:]]", r"\h+", r"[\p{Han}]|\p{Latin}+", r"(?i)the|\s"]


def pre_tokenizer(draw, depth=0):
    kinds = ["byte", "whitespace", "split_ws", "bert", "metaspace", "punctuation", "digits", "delimiter", "split", "split", "split_text", "scripts", "fixed"]
    kind = draw.choice(kinds + (["seq"] * 5 if depth == 0 else []))
    return {
        "byte": lambda: pre_tokenizers.ByteLevel(add_prefix_space=draw.random() < 0.4, use_regex=draw.random() < 0.7, trim_offsets=draw.random() < 0.5),
        "whitespace": pre_tokenizers.Whitespace, "split_ws": pre_tokenizers.WhitespaceSplit, "bert": pre_tokenizers.BertPreTokenizer,
        "metaspace": lambda: pre_tokenizers.Metaspace(replacement=draw.choice(["▁", "▁", "_"]), prepend_scheme=draw.choice(["always", "first", "never"]), split=draw.random() < 0.7),
        "punctuation": lambda: pre_tokenizers.Punctuation(behavior=draw.choice(BEHAVIOURS)), "digits": lambda: pre_tokenizers.Digits(individual_digits=draw.random() < 0.5),
        "delimiter": lambda: pre_tokenizers.CharDelimiterSplit(draw.choice([" ", "-", "e"])), "scripts": pre_tokenizers.UnicodeScripts,
        "split": lambda: pre_tokenizers.Split(Regex(draw.choice(PATTERNS)), behavior=draw.choice(BEHAVIOURS), invert=draw.random() < 0.4),
        "split_text": lambda: pre_tokenizers.Split(draw.choice([" ", "the", "."]), behavior=draw.choice(BEHAVIOURS), invert=draw.random() < 0.2),
        "fixed": lambda: pre_tokenizers.FixedLength(draw.choice([1, 3, 5])) if hasattr(pre_tokenizers, "FixedLength") else pre_tokenizers.Whitespace(),
        "seq": lambda: pre_tokenizers.Sequence([pre_tokenizer(draw, 1) for _ in range(draw.choice([2, 3]))]),
    }[kind]()


def decoder(draw, depth=0):
    kinds = ["byte", "wordpiece", "metaspace", "bpe", "ctc", "fuse", "strip", "replace", "fallback"]
    kind = draw.choice(kinds + (["seq"] * 4 if depth == 0 else []))
    return {
        "byte": decoders.ByteLevel, "wordpiece": lambda: decoders.WordPiece(prefix=draw.choice(["##", "@"]), cleanup=draw.random() < 0.5),
        "metaspace": lambda: decoders.Metaspace(replacement=draw.choice(["▁", "_"]), prepend_scheme=draw.choice(["always", "first", "never"])),
        "bpe": lambda: decoders.BPEDecoder(suffix=draw.choice(["</w>", "e"])), "ctc": lambda: decoders.CTC(pad_token="<unk>", word_delimiter_token=draw.choice(["|", "e"]), cleanup=draw.random() < 0.5),
        "fuse": decoders.Fuse, "strip": lambda: decoders.Strip(content=draw.choice([" ", "e"]), left=draw.choice([0, 1, 2]), right=draw.choice([0, 1])),
        "replace": lambda: decoders.Replace(draw.choice(["▁", "a", Regex(r"\s+"), Regex("[aeiou]")]), draw.choice([" ", "", "_"])), "fallback": decoders.ByteFallback,
        "seq": lambda: decoders.Sequence([decoder(draw, 1) for _ in range(draw.choice([2, 3, 4]))]),
    }[kind]()


def make(draw):
    kind = draw.choice(["bpe", "bpe", "bpe", "unigram", "unigram", "wordpiece", "wordlevel"])
    specials = ["<unk>", "<s>", "</s>", "[MASK]"]
    size = draw.choice([150, 300, 600])
    byte_alphabet = pre_tokenizers.ByteLevel.alphabet() if draw.random() < 0.6 else []
    if kind == "bpe":
        affixes = draw.choice([{}, {}, {"continuing_subword_prefix": "##"}, {"end_of_word_suffix": "</w>"}])
        model = models.BPE(unk_token=draw.choice([None, "<unk>"]), fuse_unk=draw.random() < 0.5, byte_fallback=draw.random() < 0.3, ignore_merges=draw.random() < 0.3, dropout=None, **affixes)
        trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=specials, initial_alphabet=byte_alphabet, show_progress=False, **affixes, **draw.choice([{}, {"max_token_length": 4}, {"limit_alphabet": 40}]))
    elif kind == "unigram":
        model, trainer = models.Unigram(), trainers.UnigramTrainer(vocab_size=size, special_tokens=specials, unk_token="<unk>", initial_alphabet=byte_alphabet, show_progress=False, max_piece_length=draw.choice([16, 5]))
    elif kind == "wordpiece":
        prefix = draw.choice(["##", "##", "@", ""])
        model = models.WordPiece(unk_token="<unk>", max_input_chars_per_word=draw.choice([100, 12]), continuing_subword_prefix=prefix)
        trainer = trainers.WordPieceTrainer(vocab_size=size, special_tokens=specials, initial_alphabet=byte_alphabet, show_progress=False, continuing_subword_prefix=prefix)
    else:
        model, trainer = models.WordLevel(unk_token="<unk>"), trainers.WordLevelTrainer(vocab_size=size, special_tokens=specials, show_progress=False)
    t = Tokenizer(model)
    if draw.random() < 0.75:
        t.normalizer = normalizer(draw)
    if draw.random() < 0.9:
        t.pre_tokenizer = pre_tokenizer(draw)
    t.train_from_iterator(CORPUS, trainer)
    if draw.random() < 0.85:
        t.decoder = decoder(draw)
    if draw.random() < 0.6:
        for content in draw.sample(["<extra>", "extra", "the", " quick", "hello", "中", "'s", "ﬁ", "É", "<mask>", "  ", "e\u0301"], draw.choice([1, 2, 4])):
            token = AddedToken(content, single_word=draw.random() < 0.4, lstrip=draw.random() < 0.4, rstrip=draw.random() < 0.4, normalized=draw.random() < 0.5, special=False)
            (t.add_special_tokens if draw.random() < 0.4 else t.add_tokens)([token])
    how, s, e = draw.random(), t.token_to_id("<s>"), t.token_to_id("</s>")
    template = lambda: processors.TemplateProcessing(single=draw.choice(["<s> $A </s>", "<s>:1 $A:3 </s>:2", "$A </s>", "$A"]), pair="<s> $A </s> $B:1 </s>:1", special_tokens=[("<s>", s), ("</s>", e)])
    if how < 0.25:
        t.post_processor = template()
    elif how < 0.4:
        t.post_processor = processors.BertProcessing(("</s>", e), ("<s>", s))
    elif how < 0.5:
        t.post_processor = processors.RobertaProcessing(("</s>", e), ("<s>", s), trim_offsets=True, add_prefix_space=False)
    elif how < 0.6:
        t.post_processor = processors.ByteLevel(trim_offsets=False)
    elif how < 0.75:
        t.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=True), template()])
    return t


def cases_of(t, draw):
    cases = []
    size = t.get_vocab_size()
    for text in texts(draw):
        try:
            case = {"text": text, "ids": t.encode(text).ids, "plain": t.encode(text, add_special_tokens=False).ids}
            case["kept"], case["skipped"] = t.decode(case["ids"], skip_special_tokens=False), t.decode(case["ids"])
        except BaseException as error:
            case = {"text": text, "error": str(error)[:200]}
        cases.append(case)
    for _ in range(12):
        ids = [draw.randrange(size) for _ in range(draw.choice([1, 2, 5, 20]))]
        try:
            cases.append({"random": ids, "kept": t.decode(ids, skip_special_tokens=False), "skipped": t.decode(ids)})
        except BaseException as error:
            cases.append({"random": ids, "error": str(error)[:200]})
    return cases


if __name__ == "__main__":
    folder, seed, count, given = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
    for n in range(count + len(given)):
        draw = random.Random(f"{seed} {n}")
        path = os.path.join(folder, f"{n}.json")
        try:
            if n < count:
                t = make(draw)
                t.save(path)
                t = Tokenizer.from_file(path)
            else:
                t = Tokenizer.from_file(given[n - count])
                t.no_padding()
                t.no_truncation()
                with open(given[n - count]) as f, open(path, "w") as out:
                    out.write(f.read())
            cases = cases_of(t, draw)
        except BaseException as error:
            cases = [{"error": str(error)[:200]}]
        with open(os.path.join(folder, f"{n}.cases.json"), "w") as f:
            json.dump(cases, f)
