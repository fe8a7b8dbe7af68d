/** Jinja as Python has it: what a template may say, and what it prints. */
import { describe, expect, test } from 'vitest'
import { ChatTemplate } from '../../src/chat/chatTemplate.js'

const variables = {
  a: 1,
  f: 2.5,
  s: 'héllo Wörld',
  n: null,
  t: true,
  l: [3, 1, 2],
  ls: ['b', 'A', 'c'],
  d: { x: 1, y: [1, 2, { z: null }], k: "v'q'" },
  m: [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: null },
  ],
}
const render = (source: string): string => new ChatTemplate(source).render([{ role: 'user', content: '' }], { variables })

describe('values print as in Python', () => {
  test.each([
    [
      '{{ true }} {{ none }} {{ f }} {{ 2.0 }} {{ 1e20 }} {{ 1e-5 }} {{ 1e16 }} {{ 0.1 + 0.2 }}',
      'True None 2.5 2.0 1e+20 1e-05 1e+16 0.30000000000000004',
    ],
    ['{{ [1, 2.0, "x", none, true] }} {{ (1,) }} {{ {"a": 1, "b": [none]} }}', "[1, 2.0, 'x', None, True] (1,) {'a': 1, 'b': [None]}"],
    [`{{ ["it's", 'q"', 'tab\\t', 'é', '\\u200b', '🙂'] }}`, `["it's", 'q"', 'tab\\t', 'é', '\\u200b', '🙂']`],
    ['{{ d|tojson }}', '{"x": 1, "y": [1, 2, {"z": null}], "k": "v\'q\'"}'],
    [
      '{{ "<é>"|tojson }} {{ "é"|tojson(ensure_ascii=true) }} {{ {"b": 1, "a": 2.0}|tojson(sort_keys=true, separators=(",", ":")) }}',
      '"<é>" "\\u00e9" {"a":2.0,"b":1}',
    ],
    ['{{ {"a": [1, {}]}|tojson(indent=2) }}', '{\n  "a": [\n    1,\n    {}\n  ]\n}'],
    ['{{ missing }}|{{ d.nope }}|{{ l[7] }}|{{ "yes" if n }}', '|||'],
    ['{{ "a" ~ 1 ~ none ~ 2.0 }} {{ "a" "b" }} {{ "\\x41\\q" }}', 'a1None2.0 ab A\\q'],
  ])('%s', (source, expected) => expect(render(source)).toBe(expected))
})

describe('operators', () => {
  test.each([
    [
      '{{ -7 % 3 }} {{ 7 // -2 }} {{ 2 ** 10 }} {{ 7 / 2 }} {{ 6 / 2 }} {{ -a|abs }} {{ 2 ** 100 }} {{ 5 % 2.5 }}',
      '2 -4 1024 3.5 3.0 1 1267650600228229401496703205376 0.0',
    ],
    [
      '{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 2 in l }} {{ 5 not in l }} {{ "z" in d }} {{ not t }} {{ 1 == 1.0 }} {{ [1] < [2] }}',
      'True False True True False False True True',
    ],
    ['{{ n or "x" }} {{ t and n }} {{ missing or "z" }} {{ "a" if false else "b" if false else "c" }}', 'x None z c'],
    ['{{ l[1:] }} {{ l[::-1] }} {{ "a🙂b"[1] }} {{ "a🙂b"|length }} {{ s[1:4] }} {{ l[-5:2] }}', '[1, 2] [2, 1, 3] 🙂 3 éll [3, 1]'],
    ['{{ "%s has %d, %.2f %5s|%-3s|%05d %x %%" % (s, 3, 2.345, "ab", "c", 42, 255) }}', 'héllo Wörld has 3, 2.35    ab|c  |00042 ff %'],
    ['{{ "{} {:>4} {:.2f} {name} {:,}".format(1, "ab", 3.14159, 1234567, name="N") }}', '1   ab 3.14 N 1,234,567'],
    [
      '{{ 4 is divisibleby 2 }} {{ a is eq 1 }} {{ missing is defined }} {{ n is not none }} {{ d is mapping }} {{ 2.0 is integer }} {{ a is in [1] }}',
      'True True False False True False True',
    ],
    ['{{ d.y.2.z }} {{ d["y"][2]["z"] }} {{ {"items": 5}["items"] }} {{ d.get("q", "w") }}', 'None None 5 w'],
  ])('%s', (source, expected) => expect(render(source)).toBe(expected))
})

describe('filters and methods', () => {
  test.each([
    [
      '{{ l|map("string")|list }} {{ m|map(attribute="role")|join("|") }} {{ m|selectattr("role", "equalto", "user")|list|length }}',
      "['3', '1', '2'] user|assistant 1",
    ],
    [
      '{{ l|batch(2)|list }} {{ l|batch(2, 0)|list }} {{ [1,2,3,4,5]|slice(3, "-")|list }}',
      "[[3, 1], [2]] [[3, 1], [2, 0]] [[1, 2], [3, 4], [5, '-']]",
    ],
    [
      '{{ l|sort }} {{ ls|sort }} {{ ls|sort(case_sensitive=true) }} {{ l|sum }} {{ l|max }} {{ d|dictsort|first }} {{ [1, 1, 2]|unique|list }}',
      "[1, 2, 3] ['A', 'b', 'c'] ['A', 'b', 'c'] 6 3 ('k', \"v'q'\") [1, 2]",
    ],
    [
      '{{ 2.5|round }} {{ 3.5|round }} {{ 2.675|round(2) }} {{ 2.1|round(0, "ceil") }} {{ "3.9"|int }} {{ "x"|int(7) }} {{ "z"|float }}',
      '2.0 4.0 2.67 3.0 3 7 0.0',
    ],
    [
      '{{ n|default("x") }} {{ missing|default("x") }} {{ n|default("x", true) }} {{ "  a "|trim }}| {{ s|title }} {{ "a\nb"|indent(2) }}',
      'None x x a| Héllo Wörld a\n  b',
    ],
    [
      '{{ "a,b,,c".split(",") }} {{ " a  b ".split() }} {{ "a b c".split(none, 1) }} {{ "xxaxx".strip("x") }} {{ "a=b=c".partition("=") }}',
      "['a', 'b', '', 'c'] ['a', 'b'] ['a', 'b c'] a ('a', '=', 'b=c')",
    ],
    [
      '{{ s.startswith(("x", "h")) }} {{ s.find("l") }} {{ "-7".zfill(4) }} {{ "x".center(5, "*") }} {{ "-".join(["a", "b"]) }} {{ "ab".replace("b", "c") }}',
      'True 2 -007 **x** a-b ac',
    ],
    [
      '{% for k, v in d.items() %}{{ k }};{% endfor %} {{ d.keys()|list }} {{ m|groupby("role")|map(attribute="grouper")|list }}',
      "x;y;k; ['x', 'y', 'k'] ['assistant', 'user']",
    ],
  ])('%s', (source, expected) => expect(render(source)).toBe(expected))
})

describe('statements', () => {
  test.each([
    [
      '{% for x in l %}{{ loop.index }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.cycle("o", "e") }},{% endfor %}',
      '12Trueo,21Falsee,30Falseo,',
    ],
    ['{% for x in l %}{{ x }}{% if x == 1 %}{% break %}{% endif %}-{% endfor %}', '3-1'],
    ['{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}{% for x in [] %}{% else %}none{% endfor %}', '32none'],
    ['{% for x in l if x > 1 %}{{ loop.index }}:{{ x }}/{{ loop.length }} {% endfor %}', '1:3/2 2:2/2 '],
    ['{% set x = 1 %}{% for i in l %}{{ x }}{% set x = i %}{{ x }}{% endfor %}{{ x }}', '1311121'],
    ['{% set ns = namespace(c=0) %}{% for i in l %}{% set ns.c = ns.c + i %}{% endfor %}{{ ns.c }}', '6'],
    ['{% macro g(n, y=2) %}{% if n > 0 %}{{ n }}{{ y }}{{ g(n - 1) }}{% endif %}{% endmacro %}{{ g(2, y=5) }}', '2512'],
    ['{% macro w() %}<{{ caller() }}>{% endmacro %}{% call w() %}in{{ a }}{% endcall %}', '<in1>'],
    ['{% filter upper %}abc{% endfilter %}{% set q | upper %}x{% endset %}{{ q }}{% with z = 4 %}{{ z }}{% endwith %}{{ z }}', 'ABCX4'],
    ['{% for x in [[1, [2]], [3]] recursive %}{% if x is iterable %}({{ loop(x) }}){% else %}{{ x }}{% endif %}{% endfor %}', '(1(2))(3)'],
    ['{% raw %}{{ x }}{% endraw %}{# gone #}!', '{{ x }}!'],
    ['  {% if t %}\n  x\n  {% endif %}\n y\n', '  x\n y'],
    ['a  {%- if t %}  b  {%- endif %}  c', 'a  b  c'],
    ['  {%+ if t %}z{% endif +%}\nq', '  z\nq'],
    ['{{- "x" -}}   y   {{- "z" }}', 'xyz'],
    ['{% generation %}hi{% endgeneration %}{{ "}}" }}', 'hi}}'],
  ])('%s', (source, expected) => expect(render(source)).toBe(expected))
})

describe('refused, with the reason', () => {
  test.each([
    ['{{ missing.x }}', "'missing' is undefined"],
    ['{{ d.nope.z }}', "'dict object' has no attribute 'nope'"],
    ['{{ missing + 1 }}', "'missing' is undefined"],
    ['{{ "a" + 1 }}', 'can only concatenate str (not "int") to str'],
    ['{{ 1 < "a" }}', "'<' not supported between instances of 'int' and 'str'"],
    ['{{ n|length }}', "object of type 'NoneType' has no len()"],
    ['{{ l|map("upper")|length }}', "object of type 'generator' has no len()"],
    ['{{ raise_exception("no " ~ a) }}', 'no 1'],
    ['{{ l.append(4) }}', "'append' of 'list' object is unsafe"],
    ['{{ s.constructor.x }}', "'str object' has no attribute 'constructor'"],
    ['{{ d.__proto__.x }}', "'__proto__' of 'dict' object is unsafe"],
    ['{{ d["constructor"].x }}', "'dict object' has no attribute 'constructor'"],
    ['{{ "".__class__.__mro__ }}', "'__class__' of 'str' object is unsafe"],
    ['{{ l|nofilter }}', "No filter named 'nofilter'"],
    ['{{ 1 // 0 }}', 'integer division or modulo by zero'],
    ['{{ "x" * 1000000000 }}', 'at most 10000000 at once'],
    ['{{ 9 ** 99999999 }}', 'at most 10000000 at once'],
    ['{{ range(1000000) }}', 'Range too big'],
    ['{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}', 'more than 100 deep'],
    ['{% set ns = namespace(x="ab") %}{% for i in range(99999) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}', 'at most 10000000 at once'],
    ['{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}', 'does it end?'],
    ['a\n{% if t %}x', 'line 2: a block has no end'],
    ['\n\n{{ 1 + }}', 'line 3'],
    ['{% unknown %}', "unknown tag 'unknown'"],
    ['{% include "/etc/passwd" %}', "unknown tag 'include'"],
    [`{{ ${'('.repeat(300)}1${')'.repeat(300)} }}`, 'nested more than 200 deep'],
  ])('%s', (source, expected) => expect(() => render(source)).toThrow(expected))
})
