"""Renders small templates of our own with Python's Jinja (3.1.6), as an independent check of the interpreter.

usage: python make_cases.py > cases.json

Each case: template, variables, and either text or error (true: Jinja refuses it; the message is Jinja's own and not compared).
"""
import json
import sys

import jinja2
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

PEOPLE = [{"name": "Ada", "age": 36, "role": "user"}, {"name": "bob", "age": 7, "role": "tool"}, {"name": "Cy", "age": 36, "role": "user"}]
VALUES = {
    "people": PEOPLE,
    "word": "Tide",
    "text": "  two words \n and\tmore  ",
    "wide": "aé漢😀z",
    "tree": [{"n": 1, "kids": [{"n": 2, "kids": []}, {"n": 3, "kids": [{"n": 4, "kids": []}]}]}],
    "nothing": None,
    "yes": True,
    "number": 7,
    "ratio": 0.1,
    "config": {"b": 1, "a": [1, 2.5, None, True, "x\"y\n<é>"], "items": "shadowed", "empty": {}, "list": []},
}
TEMPLATES = r'''
a {% if yes %} b {% endif %} c
---
a
  {% if yes %}
  b
  {% endif %}
c
---
a
  {%- if yes -%}
  b
  {%- endif -%}
c
---
a
  {%+ if yes %}
  b
  {% endif +%}
c
---
  {# note #}
x {# note #}
y {#- note -#} z
---
{{ word }}
{{- word -}}   {{ word }}
---
{% raw %}{{ not }} {% code %}
{% endraw %}
end
---
x {%- raw -%}  {{ a }}  {%- endraw -%}  y
---
{% for p in people %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }} {{ p.name }};{% endfor %}
---
{% for p in people if p.age > 10 %}{{ loop.index }}/{{ loop.length }}{{ p['name'] }}{% else %}none{% endfor %}
---
{% for p in people if p.age > 100 %}{{ p.name }}{% else %}none{% endfor %}
---
{% for p in people %}{% if loop.index == 2 %}{% continue %}{% endif %}{{ p.name }}{% endfor %}{% for p in people %}{% if loop.index == 2 %}{% break %}{% endif %}{{ p.name }}{% endfor %}
---
{% for k, v in config.items() %}{{ k }}={{ v }} {% endfor %}
---
{% for n in tree recursive %}{{ n.n }}{{ loop.depth }}({{ loop(n.kids) }}){% endfor %}
---
{% for p in people %}{{ loop.previtem.name }}-{{ loop.nextitem.name }} {{ loop.cycle('x', 'y') }} {{ loop.changed(p.role) }};{% endfor %}
---
{% for p in people %}{{ (loop.previtem | default({})).name }}-{% if not loop.last %}{{ loop.nextitem.name }}{% endif %} {{ loop.cycle('x', 'y') }} {{ loop.changed(p.role) }};{% endfor %}
---
{% set x = 1 %}{% for p in people %}{% set x = x + 1 %}{{ x }}{% endfor %}{{ x }}
---
{% set ns = namespace(x=1, found=false) %}{% for p in people %}{% set ns.x = ns.x + 1 %}{% endfor %}{{ ns.x }}{{ ns.found }}{{ ns.other }}
---
{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set t %}  {{ word }}!{% endset %}[{{ t }}]{% set u | upper | trim %} {{ word }} {% endset %}[{{ u }}]
---
{% macro tag(name, value='none', other=name) %}<{{ name }}={{ value }}/{{ other }}>{% endmacro %}{{ tag('a') }}{{ tag('b', 2) }}{{ tag(value=3, name='c') }}{{ tag() }}
---
{% macro box(title) %}[{{ title }}:{{ caller(5) }}]{% endmacro %}{% call(n) box('t') %}{{ n * 2 }}{{ word }}{% endcall %}
---
{% filter upper | replace('I', '1') %}some {{ word }} in{% endfilter %}
---
{% with a = 1, b = word %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}
---
{{ 'a' if yes else 'b' }}{{ 'a' if not yes }}{{ 'a' if nothing else 'b' if nothing else 'c' }}
---
{{ 1 + 2 * 3 - 4 // 3 }} {{ 7 / 2 }} {{ 7 % 4 }} {{ -7 // 2 }} {{ -7 % 4 }} {{ 2 ** 3 ** 2 }} {{ -2 ** 2 }} {{ 10 / 5 }} {{ 1e20 }} {{ 1.5e-7 }} {{ 0.1 + 0.2 }} {{ 1_000 + 0x1f }}
---
{{ 'a' ~ 1 ~ nothing ~ yes ~ [1, 'x', "it's"] ~ (1,) ~ (1, 'b') ~ {'k': 1.0} }}
---
{{ 'a' 'b' "c" }} {{ "\u00e9\x41\t|\\|\'|\"|\q" }}
---
{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 'b' > 'a' }} {{ 1 == 1.0 }} {{ yes == 1 }} {{ [1, 2] == [1, 2] }} {{ (1, 2) == [1, 2] }} {{ 'x' != 'y' }} {{ [1, 2] < [1, 3] }}
---
{{ 'T' in word }} {{ 'x' not in word }} {{ 'b' in config }} {{ 2 in [1, 2] }} {{ 'z' in nowhere }} {{ not 'T' in word }}
---
{{ yes and 'x' }} {{ nothing or 'y' }} {{ not nothing }} {{ '' or 0 or [] }} {{ nothing and 1 }}
---
{{ missing }}{{ missing is defined }}{{ missing is undefined }}{{ word is defined and word is string }}{% for x in missing %}x{% endfor %}{{ missing | length }}{{ missing or 'z' }}
---
{{ missing.field }}
---
{{ config.missing }}{{ config['missing'] is defined }}{{ people[9] is defined }}{{ people[-1].name }}{{ people.0.name }}{{ word.missing is defined }}
---
{{ missing + 'x' }}
---
{{ word + 1 }}
---
{{ config.items | list }} {{ config['items'] }} {{ config.get('a') }} {{ config.get('z') }} {{ config.get('z', 4) }} {{ config.keys() | list }} {{ config.values() | list | length }}
---
{{ word[0] }}{{ word[-1] }}{{ word[1:3] }}{{ word[::-1] }}{{ word[:-1] }}{{ word[2:] }}{{ word[::2] }}{{ [1, 2, 3, 4][1:-1] }}{{ (1, 2, 3)[:2] }}{{ [1, 2, 3][::-1] }}{{ [1, 2, 3][-2:] }}{{ [1, 2, 3][5:] }}
---
{{ wide | length }}{{ wide[3] }}{{ wide[1:4] }}{{ wide[::-1] }}{{ wide.find('z') }}{{ wide.upper() }}{{ wide.index('漢') }}{{ wide.ljust(7, '.') }}
---
[{{ text.strip() }}][{{ text.lstrip() }}][{{ text.rstrip() }}][{{ text | trim }}][{{ 'xxaxx'.strip('x') }}][{{ 'xyaxy'.lstrip('yx') }}][{{ '\n\na'.lstrip('\n') }}]
---
{{ text.split() }}{{ 'a,b,,c'.split(',') }}{{ 'a,b,c'.split(',', 1) }}{{ 'a,b,c'.rsplit(',', 1) }}{{ ' a b c '.split(None, 1) }}{{ ''.split() }}{{ ''.split(',') }}{{ ' a b c '.rsplit(None, 1) }}
---
{{ 'a\nb\r\nc\n'.splitlines() }}{{ 'a\nb\n'.splitlines(true) }}{{ 'k=v=w'.partition('=') }}{{ 'k=v=w'.rpartition('=') }}{{ 'kv'.partition('=') }}{{ 'kv'.rpartition('=') }}
---
{{ ', '.join(['a', 'b']) }}{{ 'aXbX'.replace('X', '-') }}{{ 'aXbX'.replace('X', '-', 1) }}{{ 'ab'.replace('', '.') }}{{ 'abc'.startswith('a') }}{{ 'abc'.endswith(('x', 'c')) }}
---
{{ 'hELLO wORLD'.title() }}{{ 'hELLO wORLD'.capitalize() }}{{ "it's me".title() }}{{ 'aB'.swapcase() }}{{ 'ab'.upper() }}{{ 'AB'.lower() }}{{ 'banana'.count('an') }}{{ 'banana'.rfind('an') }}{{ 'banana'.find('x') }}
---
{{ 'ab'.center(5, '*') }}{{ 'abc'.center(6, '*') }}{{ 'a'.rjust(3) }}{{ '7'.zfill(3) }}{{ '-7'.zfill(4) }}{{ '12'.isdigit() }}{{ ' '.isspace() }}{{ 'aB'.isalpha() }}{{ 'AB'.isupper() }}{{ 'prefix-x'.removeprefix('prefix-') }}{{ 'x.py'.removesuffix('.py') }}
---
{{ '{} and {}'.format(1, 'b') }}{{ '{0}{1}{0}'.format('a', 'b') }}{{ '{name:>6}|{name:<6}|{name:^6}|'.format(name='ab') }}{{ '{:.2f} {:05d} {:,}'.format(3.14159, 42, 1234567) }}{{ '{{}}'.format() }}
---
{{ '%s-%d-%5.2f-%r' % ('a', 3, 2.5, 'q') }}{{ '%s' % 'one' }}{{ '100%%' % () }}{{ '%-5s|%5s|%05d' % ('a', 'b', 42) }}{{ '%s %s' | format('x', 'y') }}
---
{{ config | tojson }}
---
{{ config | tojson(indent=2) }}
---
{{ config | tojson(indent=4, sort_keys=true) }}
---
{{ config | tojson(separators=(',', ':'), ensure_ascii=true) }}{{ [] | tojson }}{{ {} | tojson(indent=2) }}{{ 1.0 | tojson }}{{ nothing | tojson }}{{ (1, 2) | tojson }}
---
{{ missing | tojson }}
---
{{ people | map(attribute='name') | join(', ') }} {{ people | map(attribute='zip', default='-') | join }} {{ ['a', 'b'] | map('upper') | list }} {{ people | join('/', attribute='age') }}
---
{{ people | selectattr('role', 'equalto', 'user') | map(attribute='name') | list }} {{ people | rejectattr('role', 'eq', 'user') | list | length }} {{ [1, 2, 3] | select('odd') | list }} {{ [0, 1, ''] | select | list }} {{ [1, 2] | reject('gt', 1) | list }} {{ people | selectattr('zip') | list }}
---
{% if people | selectattr('role', 'equalto', 'nobody') %}true{% else %}false{% endif %}
---
{{ people | map(attribute='name') | length }}
---
{{ people | sort(attribute='name') | map(attribute='name') | list }} {{ ['b', 'A', 'c'] | sort }} {{ [3, 1, 2] | sort(reverse=true) }} {{ ['b', 'A'] | sort(case_sensitive=true) }} {{ people | sort(attribute='age,name') | map(attribute='name') | join }}
---
{{ [1, 2, 1, 'a', 'A'] | unique | list }} {{ [3, 1, 2] | min }} {{ [3, 1, 2] | max }} {{ [1, 2, 3] | sum }} {{ people | sum(attribute='age') }} {{ [] | first }}{{ [1, 2] | last }} {{ {'b': 1, 'a': 2} | dictsort }} {{ {'b': 1, 'a': 2} | items | list }}
---
{% for role, group in people | groupby('role') %}{{ role }}:{{ group | map(attribute='name') | list }} {% endfor %}
---
{{ [1, 2, 3, 4, 5] | batch(2) | list }} {{ [1, 2, 3] | batch(2, 'x') | list }} {{ [1, 2, 3] | reverse | list }} {{ 'abc' | reverse }} {{ 'abc' | list }} {{ 'abc' | first }}
---
{{ 'a\nb\n\nc' | indent }}|{{ 'a\nb' | indent(2, true) }}|{{ 'a\n\nb' | indent(2, blank=true) }}|{{ 'a\nb\n' | indent(2) }}|
---
{{ nothing | default('d') }} {{ nothing | default('d', true) }} {{ missing | d('e') }} {{ '' | default('f', boolean=true) }} {{ 'x' | string }} {{ 5 | string ~ '!' }}
---
{{ '42' | int }} {{ '4.7' | int }} {{ 'x' | int(9) }} {{ 3.9 | int }} {{ '1.5' | float }} {{ 'q' | float(2.5) }} {{ 2.567 | round(1) }} {{ 2.5 | round }} {{ 2.1 | round(method='ceil') }} {{ -3 | abs }} {{ 7 | round }} {{ 'ff' | int(base=16) }}
---
{{ 'hello world-wide (web)' | title }} {{ 'HELLO' | capitalize }} {{ 'hello' | upper }} {{ 'HELLO' | lower }} {{ 'a b c' | wordcount }} {{ 'abc' | center(9) }}| {{ 'aaa' | replace('a', 'b', 2) }}
---
{{ 'a long text that goes on and on' | truncate(15) }} {{ 'a long text that goes on' | truncate(15, true, '..', 0) }} {{ 'short' | truncate(3) }}
---
{{ 3 is odd }} {{ 4 is even }} {{ 9 is divisibleby 3 }} {{ 9 is divisibleby(2) }} {{ word is string }} {{ config is mapping }} {{ people is sequence }} {{ word is iterable }} {{ 5 is number }} {{ yes is number }} {{ 5 is integer }} {{ yes is integer }} {{ 1.5 is float }} {{ yes is boolean }} {{ nothing is none }} {{ yes is true }} {{ 1 is true }} {{ 'a' is in 'abc' }} {{ 'ab' is lower }} {{ 'AB' is upper }} {{ 3 is gt 2 }} {{ 3 is not gt(2) }} {{ word is sameas word }} {{ raise_exception is callable }} {{ 1 is eq 1 }} {{ 2 is lt 1 }}
---
{{ range(3) | list }} {{ range(1, 6, 2) | list }} {{ range(3, 0, -1) | list }} {% for i in range(2) %}{{ i }}{% endfor %}
---
{% set sep = joiner('; ') %}{% for p in people %}{{ sep() }}{{ p.name }}{% endfor %} {{ dict(a=1, b='x') }} {{ dict({'k': 2}, z=3) }}
---
{% for c in [1, 2, 3, 4, 5, 6, 7] | slice(3) %}{{ c }}|{% endfor %} {{ [1, 2, 3, 4] | slice(2, 'f') | list }} {{ 'abcdefg' | slice(4, fill_with='-') | list }} {{ people | slice(-1) | list }} {{ [] | slice(2) | list }}
---
{% set row = cycler('a', 'b', 3) %}{{ row.current }}{% for p in people %}{{ row.next() }}{% endfor %}{{ row.next() }}{{ row.current }}{{ row.reset() }}{{ row.next() }}
---
{{ people | slice(0) | list }}
---
{{ cycler() }}
---
{{ [1, [2, 3]] }} {{ {'a': {'b': [1]}}.a.b[0] }} {{ [1] + [2] }} {{ [0] * 3 }} {{ 'ab' * 2 }} {{ (1, 2) + (3,) }} {{ {} }} {{ () }} {{ [1, 2,] }}
---
{{ -number }} {{ +number }} {{ number - -1 }} {{ -number | abs }} {{ not yes == false }} {{ not number > 3 and yes }} {{ people | length - 1 }} {{ (people | length) * 2 }}
---
{% if missing is not defined and not (word is none) %}ok{% elif yes %}no{% else %}never{% endif %}
---
{% macro outer() %}{% set local = 'in' %}{{ word }}{{ local }}{% endmacro %}{{ outer() }}{{ local }}
---
{{ raise_exception('stop: ' ~ word) }}
---
{{ word | nosuchfilter }}
---
{% if word is nosuchtest %}{% endif %}
---
{% for %}{% endfor %}
---
{{ 'unclosed }}
---
{% if yes %}never closed
---
{{ people.append(1) }}
---
{{ nothing() }}
---
{{ 5() }}
---
{{ nothing | length }}
---
{% for x in nothing %}{% endfor %}
---
{{ "a" if "x" is in ["x"] else "b" }}{{ [p.name for p in people] }}
---
{{ 1 // 0 }}
---
{{ range(1000000) | list | length }}
---
{% break %}
---
{% set word.x = 1 %}
---
{{ {'a': 1, 'b': [1, 2]}['b'][1] }}{{ {'x': '}}'}['x'] }}{{ '{{ word }}' }}{{ '{% raw %}' }}
---
{% set messages = [{'role': 'user', 'content': 'hi'}] + people %}{% for m in messages[1:] %}{{ m.name }}{% endfor %}{{ messages | length }}
---
{%- set out = [] -%}{%- for p in people -%}{%- set out = out + [p.name] -%}{%- endfor -%}{{ out }}
---
{{ tojson is defined }}{{ loop is defined }}{{ strftime_now is callable }}
---
{{ config.a | map('string') | join(',') }} {{ [1, 2] | map('tojson') | join }} {{ '<b>' | safe }}
---
{{ people | map(attribute='name') | map('lower') | sort | join(' ') }} {{ word | lower | title | list | last }}
---
{% for a, (b, c) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}
---
{% for a, b in [(1, 2, 3)] %}{% endfor %}
---
{{ word.upper().lower().split('i')[0] | length }} {{ (word ~ 's').endswith('s') }} {{ "%s" % word }} {{ ("a", "b") | join }}
---
{% set ns = namespace(tool=none, step=0) %}{{ ns.tool is none }}{{ ns.tool }}{{ ns['tool'] is none }}{% set ns.step = none %}{{ ns.step is none }}{{ ns.other is defined }}{% for x in [none, 1] %}{{ loop.previtem is none }}{{ loop.nextitem is none }}{% endfor %}
---
{{ nothing | selectattr('role') | list }}{{ nothing | map('upper') | join }}{{ 0 | reject('odd') | list }}{{ '' | map(attribute='x') | list }}
---
{{ nothing | join }}
---
{{ '<a>' | safe + '<b>' }} {{ '<a>' + '"b"' | safe }} {{ '<a>' | safe ~ '<b>' }} {{ '<a>' | safe + '&' | safe + "'" }} {{ ('<a>' | safe | string) + '<' }} {{ ('<a>' | safe if yes else '') + '<' }} {{ '<' | escape }} {{ '<' | e | e }} {{ '<' | safe | forceescape }}
---
{% set tag = '<a>' | safe %}{{ tag }} {{ tag + '<b>' }} {{ tag ~ '<b>' }} {{ tag == '<a>' }} {{ tag is string }} {{ tag | length }} {{ tag.upper() }} {{ tag | tojson }} {{ tag * 2 }} {{ 'a' in tag }} {{ {'x': tag}.x }}
---
{{ '<a>' | safe + 1 }}
---
{{ {'a': 1}.keys() }} {{ {'a': 1}.values() }} {{ {'a': 1}.items() }} {{ {'a': 1, 'b': 2}.keys() | join }} {{ {'a': 1}.items() | length }} {{ 'a' in {'a': 1}.keys() }} {{ {'a': 1}.keys() is sequence }} {{ {'a': 1}.keys() is iterable }} {{ {'a': 1, 'b': 2}.values() | last }} {{ {}.keys() or 'none' }} {{ {'a': 1}.keys()[0] is defined }}
---
{{ {'a': 1}.keys() | tojson }}
---
{{ {'a': 1}.items() + [1] }}
---
{% set users = people | selectattr('role', 'eq', 'user') %}{% for u in users %}{{ u.name }}{% endfor %}{% for u in users %}{{ u.name }}{% else %}used up{% endfor %}{% if users %} true{% endif %}
---
{{ people | map(attribute='name') | last }}
---
{% for x in [1, 2] %}{% break %}{% else %}none{% endfor %}{% for x in [1, 2] %}{% continue %}{% else %}none{% endfor %}{% for x in [1, 2] %}{% if x == 2 %}{% break %}{% endif %}{{ x }}{% else %}none{% endfor %}
---
{% for key, group in [{'a': {'b': 1}}, {}] | groupby('a.b', default=0) %}{{ key }}:{{ group | length }} {% endfor %}{{ [{'a': {'b': 1}}, {}] | map(attribute='a.b', default='-') | list }}
---
{{ (1, 2) * 2 }} {{ yes * 'ab' }} {{ [1, 2][yes] }} {{ 'abc'[yes:] }} {{ [] * 3 }} {{ -1 * 'a' }}
---
{{ '%s|%s' % (missing, nothing) }} {{ '%s' % missing }} {{ 1 | replace(1, 2) }} {{ 3.0 is odd }} {{ 1.5 is even }} {{ 4.0 is divisibleby 2 }} {{ 1234 | round(-2) }} {{ 'aß' | title }} {{ 'aß'.swapcase() }}
---
{{ 'abc'.startswith('b', 1) }} {{ 'abc'.endswith('b', 0, 2) }} {{ 'abc'.startswith(('x', 'a')) }}
---
{{ 'abc'.startswith(nothing) }}
---
{{ [{'a': 1}, {'b': 2}] | sort(attribute='kind') }} {{ [{'a': 1}, {'a': none}] | sort(attribute='kind,b') | length }}
---
{{ [{'kind': 1}, {}] | sort(attribute='kind') }}
---
{{ dict([('x', 1)], y=2) }} {{ dict({1: 'a'}) }} {{ namespace([('a', 2)], b=3).a }}
---
{{ dict([1]) }}
---
a
NBSP{% set x = 1 %}
b
 NBSP {# note #}
c
---
{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{% for x in 'ab' %}{{ x }}{% endfor %}{% endcall %}{{ '{:.3}'.format('abcd') }}
'''.replace("NBSP", "\u00a0").strip("\n").split("\n---\n")


def environment():
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])

    def refuse(message):
        raise jinja2.exceptions.TemplateError(message)

    env.globals["raise_exception"] = refuse
    env.globals["strftime_now"] = lambda form: form
    env.filters["tojson"] = lambda value, ensure_ascii=False, indent=None, separators=None, sort_keys=False: json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
    return env


cases = []
for template in TEMPLATES:
    case = {"template": template}
    try:
        case["text"] = environment().from_string(template).render(**VALUES)
    except Exception as e:
        case["error"] = type(e).__name__ + ": " + str(e)
    cases.append(case)
json.dump({"variables": VALUES, "cases": cases}, sys.stdout, ensure_ascii=False, indent=1)
print()
