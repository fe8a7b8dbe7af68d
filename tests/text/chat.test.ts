/** Templates as models have them, rebuilt by their structure; what they give follows from their text. */
import { describe, expect, test } from 'vitest'
import { type ChatMessage, ChatTemplate } from '../../src/chat/chatTemplate.js'
import { templatesOf } from '../../src/chat/readChatTemplate.js'

const ask: readonly ChatMessage[] = [{ role: 'user', content: 'Hi' }]
const talk: readonly ChatMessage[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: ' 1+1? ' },
  { role: 'assistant', content: '2' },
  { role: 'user', content: 'Why?' },
]
const tool = {
  type: 'function',
  function: { name: 'f', description: 'é', parameters: { type: 'object', properties: { x: { type: 'integer' } } } },
}
const toolJson =
  '{"type": "function", "function": {"name": "f", "description": "é", "parameters": {"type": "object", "properties": {"x": {"type": "integer"}}}}}'

const chatml = new ChatTemplate(`{%- for m in messages %}
    {{- '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}`)

test('ChatML', () => {
  expect(chatml.render(talk, { addGenerationPrompt: true })).toBe(
    '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n 1+1? <|im_end|>\n<|im_start|>assistant\n2<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n',
  )
})

test('Llama 2: the system message goes into the first turn, turns alternate', () => {
  const llama2 = new ChatTemplate(
    "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}{% if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}",
    { bos_token: '<s>', eos_token: '</s>' },
  )
  expect(llama2.render(talk)).toBe('<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\n 1+1? [/INST] 2 </s><s>[INST] Why? [/INST]')
  expect(() => llama2.render([...ask, ...ask])).toThrow('roles must alternate')
})

test('Llama 3 with tools: the date, tools in the first turn, calls as JSON', () => {
  const llama3 = new ChatTemplate(
    `{{- bos_token }}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- endif %}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{%- if tools is not none %}
    {{- "Environment: ipython\\n" }}
{%- endif %}
{{- "Today Date: " + date_string + "\\n\\n" }}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception("This model only supports single tool-calls at once!") }}
        {%- endif %}
        {%- set tool_call = message.tool_calls[0].function %}
        {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' -}}
        {{- '{"name": "' + tool_call.name + '", "parameters": ' }}
        {{- tool_call.arguments | tojson }}
        {{- "}<|eot_id|>" }}
    {%- elif message.role == "tool" %}
        {{- "<|start_header_id|>ipython<|end_header_id|>\\n\\n" }}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
        {{- "<|eot_id|>" }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}`,
    { bos_token: '<B>' },
  )
  const messages = [
    ...ask,
    { role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: { x: 2, s: 'é' } } }] },
    { role: 'tool', content: { ok: true, v: 1.5 } },
  ]
  expect(llama3.render(messages, { tools: [tool], addGenerationPrompt: true, now: new Date(2024, 6, 26) })).toBe(
    '<B><|start_header_id|>system<|end_header_id|>\n\nEnvironment: ipython\nToday Date: 26 Jul 2024\n\n<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n{"name": "f", "parameters": {"x": 2, "s": "é"}}<|eot_id|><|start_header_id|>ipython<|end_header_id|>\n\n{"ok": true, "v": 1.5}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n',
  )
  expect(() => llama3.render([...ask, { role: 'assistant', tool_calls: [] }])).toThrow('single tool-calls')
})

test('Mistral: tools before the last question, content none where a call stands', () => {
  const mistral = new ChatTemplate(
    `{%- set user_messages = messages | selectattr("role", "equalto", "user") | list %}
{{- bos_token }}
{%- for message in messages %}
    {%- if message["role"] == "user" %}
        {%- if tools is not none and (message == user_messages[-1]) %}
            {{- "[AVAILABLE_TOOLS] [" }}
            {%- for tool in tools %}
                {%- set tool = tool.function %}
                {{- '{"type": "function", "function": {' }}
                {%- for key, val in tool.items() if key != "return" %}
                    {%- if val is string %}
                        {{- '"' + key + '": "' + val + '"' }}
                    {%- else %}
                        {{- '"' + key + '": ' + val|tojson }}
                    {%- endif %}
                    {%- if not loop.last %}
                        {{- ", " }}
                    {%- endif %}
                {%- endfor %}
                {{- "}}" }}
                {%- if not loop.last %}
                    {{- ", " }}
                {%- else %}
                    {{- "]" }}
                {%- endif %}
            {%- endfor %}
            {{- "[/AVAILABLE_TOOLS]" }}
        {%- endif %}
        {{- "[INST] " + message["content"] + "[/INST]" }}
    {%- elif message.tool_calls is defined and message.tool_calls is not none %}
        {{- "[TOOL_CALLS] " + message.tool_calls|map(attribute="function")|list|tojson + eos_token }}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token }}
    {%- endif %}
{%- endfor %}`,
    { bos_token: '<s>', eos_token: '</s>' },
  )
  expect(
    mistral.render(
      [
        ...ask,
        { role: 'assistant', content: null, tool_calls: [{ function: { name: 'f', arguments: '{}' } }] },
        { role: 'user', content: 'B' },
      ],
      { tools: [tool] },
    ),
  ).toBe(
    '<s>[INST] Hi[/INST][TOOL_CALLS] [{"name": "f", "arguments": "{}"}]</s>[AVAILABLE_TOOLS] [{"type": "function", "function": {"name": "f", "description": "é", "parameters": {"type": "object", "properties": {"x": {"type": "integer"}}}}}][/AVAILABLE_TOOLS][INST] B[/INST]',
  )
})

test('Gemma and Phi 3: other names of roles, parts of a message', () => {
  const gemma = new ChatTemplate(
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '\\n' }}{% if message.content is string %}{{ message.content | trim }}{% elif message.content is iterable %}{% for item in message.content %}{% if item.type == 'image' %}<image>{% elif item['type'] == 'text' %}{{ item['text'] | trim }}{% endif %}{% endfor %}{% endif %}{{ '<end_of_turn>\\n' }}{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model\\n'}}{% endif %}",
    { bos_token: '<bos>' },
  )
  const parts = [
    { role: 'user', content: [{ type: 'image' }, { type: 'text', text: ' see ' }] },
    { role: 'assistant', content: ' ok ' },
  ]
  expect(gemma.render(parts, { addGenerationPrompt: true })).toBe(
    '<bos><start_of_turn>user\n<image>see<end_of_turn>\n<start_of_turn>model\nok<end_of_turn>\n<start_of_turn>model\n',
  )
  expect(() => gemma.render(talk)).toThrow('System role not supported')
  const phi3 = new ChatTemplate(
    "{% for message in messages %}{% if message['role'] in ['system', 'user'] and message['content'] %}{{'<|' ~ message.role ~ '|>\n' + message['content'] + '<|end|>\n'}}{% elif message['role'] == 'assistant' %}{{'<|assistant|>\n' + message['content'] + '<|end|>\n'}}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}",
    { eos_token: '<E>' },
  )
  expect(phi3.render(talk.slice(0, 3))).toBe('<|system|>\nBe brief.<|end|>\n<|user|>\n 1+1? <|end|>\n<|assistant|>\n2<|end|>\n<E>')
})

const qwen3 = new ChatTemplate(`{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {{- "# Tools\\n<tools>" }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\\n</tools><|im_end|>\\n" }}
{%- endif %}
{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step_tool and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}
        {%- set ns.multi_step_tool = false %}
        {%- set ns.last_query_index = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.role == "assistant" %}
        {%- set content = message.content %}
        {%- set reasoning_content = '' %}
        {%- if '</think>' in content %}
            {%- set reasoning_content = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {%- if loop.index0 > ns.last_query_index and (loop.last or reasoning_content) %}
            {{- '<|im_start|>' + message.role + '\\n<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\\n' + content }}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- else %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}`)
const thought: readonly ChatMessage[] = [
  ...ask,
  { role: 'assistant', content: '<think>\nhm\n</think>\n\nA' },
  { role: 'user', content: 'B' },
  { role: 'assistant', content: '<think>\nso\n</think>\n\nC' },
]

test('Qwen 3: thoughts stay in the last answer alone, and can be switched off', () => {
  expect(qwen3.render(thought)).toBe(
    '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nA<|im_end|>\n<|im_start|>user\nB<|im_end|>\n<|im_start|>assistant\n<think>\nso\n</think>\n\nC<|im_end|>\n',
  )
  expect(qwen3.render(ask, { tools: [tool], addGenerationPrompt: true, variables: { enable_thinking: false } })).toBe(
    `<|im_start|>system\n# Tools\n<tools>\n${toolJson}\n</tools><|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n`,
  )
})

describe('what the assistant says', () => {
  const said = (chat: { readonly text: string; readonly spans: readonly (readonly [number, number])[] }): string[] =>
    chat.spans.map(([from, to]) => chat.text.slice(from, to))

  test('by {% generation %}', () => {
    const marked = new ChatTemplate(
      "{%- for m in messages %}{%- if m.role == 'assistant' %}A:{% generation %}{{ m.content }}</s>{% endgeneration %}{%- else %}U:{{ m.content }}{%- endif %}\n{% endfor %}",
    )
    const chat = marked.mark(talk)
    expect(chat.text).toBe('U:Be brief.U: 1+1? A:2</s>U:Why?')
    expect(said(chat)).toEqual(['2</s>'])
    expect(marked.marksGeneration()).toBe(true)
  })

  test('without it, by rendering what stands before each answer', () => {
    expect(said(chatml.mark([...talk, { role: 'assistant', content: 'So.' }]))).toEqual(['2<|im_end|>\n', 'So.<|im_end|>\n'])
    expect(said(chatml.mark([{ role: 'assistant', content: 'Hello' }, ...ask]))).toEqual(['Hello<|im_end|>\n'])
  })

  test('refused where earlier answers are rewritten', () => {
    expect(() => qwen3.mark(thought)).toThrow('message 1 is the assistant')
  })
})

describe('going on', () => {
  test('within the last message', () => {
    const begun: readonly ChatMessage[] = [...ask, { role: 'assistant', content: 'I am ' }]
    expect(chatml.render(begun, { continueFinalMessage: true })).toBe('<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nI am ')
    expect(() => chatml.render(begun, { continueFinalMessage: true, addGenerationPrompt: true })).toThrow('give one of them')
    expect(() => chatml.render([{ role: 'assistant' }], { continueFinalMessage: true })).toThrow("no 'content'")
    expect(() => qwen3.render([...ask, { role: 'user', content: 'x', note: 'y' }], { continueFinalMessage: 'note' })).toThrow(
      'does not know',
    )
  })
})

describe('several templates', () => {
  const sources = templatesOf(
    [
      { name: 'default', template: 'plain' },
      { name: 'tool_use', template: 'tools' },
    ],
    'config',
  )
  test('by name, by tools', () => {
    const chat = new ChatTemplate(sources)
    expect([chat.render(ask), chat.render(ask, { tools: [] }), chat.render(ask, { template: 'default', tools: [] })]).toEqual([
      'plain',
      'tools',
      'plain',
    ])
    expect(() => chat.render(ask, { template: 'rag' })).toThrow("no template 'rag'")
  })
  test('no messages are refused, and what is no data', () => {
    expect(() => chatml.render([])).toThrow('there are no messages')
    expect(() => chatml.render([{ role: 'user', content: () => 1 }])).toThrow('messages[0].content is a function')
  })
})
