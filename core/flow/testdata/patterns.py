#!/usr/bin/env python3
"""Asks Python's re what it finds, and prints the answers that the tests of patterns hold the Go engines to.

    python3 patterns.py > patterns.json

Python 3.11 or newer: older ones know no possessive repeats and take flags in the middle of a pattern.
"""
import json
import re
import sys
import warnings

CASES = [
    # search, alternatives, case
    ("CT", "CT"), ("CT", "PET/CT"), ("CT", "ct"), ("", "anything"), ("", ""), ("Head|Neck|Brain", "Neck Contrast"),
    ("Head|Neck|Brain", "Thorax 5.0 B31f"), ("^CT$", "CT"), ("^CT$", "CT\n"), ("^CT$", "CT\n\n"), ("|x", ""), ("(?:)", "a"),
    # the ends of a value
    (r"CT\Z", "CT"), (r"CT\Z", "CT\n"), (r"CT$", "CT\n"), (r"\ACT", "aCT"), (r"a$\n", "a\n"), (r"$^", ""), (r"a$b", "a\nb"),
    (r"(?m)^b$", "a\nb\nc"), (r"(?m)$", "a\n"), (r"(?m)\Aa", "b\na"), (r"a.b", "a\nb"), (r"(?s)a.b", "a\nb"), (r"(?s:a.)b.", "a\nb\n"),
    (r"\n$", "a\n\n"), (r"[^$]$", "a$"), (r"(CT$|MR)", "CT\n"),
    # letters, digits and spaces of all languages
    (r"^\d+$", "12"), (r"^\d+$", "١٢٣"), (r"(?a)^\d+$", "١٢٣"), (r"^\w+$", "Schädel"), (r"(?a)^\w+$", "Schädel"), (r"^\w+$", "山田"),
    (r"^\w$", "½"), (r"^\w$", "-"), (r"\s", "a\u00a0b"), (r"(?a)\s", "a\u00a0b"), (r"\s", "a\x1cb"), (r"\s", "a\u200bb"), (r"\S", "\u3000"),
    (r"\W", "é"), (r"(?a)\W", "é"), (r"\D", "٣"), (r"[^\W\d_]+", "__é1"), (r"[^\W\d_]", "_1"), (r"[\W]", "é"), (r"[\W]", "é "),
    (r"[\D]", "5"), (r"[\S]", " \t"), (r"[\s\d]", "x"), (r"(?a)[\W]", "é"), (r"(?a)[\S\D]", "1"), (r"^\w+$", "e\u0301"),
    # the edges of words
    (r"\bhead\b", "a head b"), (r"\bhead\b", "ahead"), (r"\béa\b", "x éa y"), (r"\bSch", "Schädel"), (r"Sch\b", "Schädel"),
    (r"(?a)Sch\b", "Schädel"), (r"\Ba", "ba"), (r"\Ba", "éa"), (r"(?a:\Ba)", "éa"), (r"\B", ""), (r"\b", ""), (r"\B", "ab"), (r"\B", "-"),
    (r"\B", "é"), (r"a\b\n", "a\n"),
    # ignoring case
    ("(?i)rt", "Brain RT"), ("(?i)straße", "STRAßE"), ("(?i)straße", "STRASSE"), ("(?i)ÄRZTE", "ärzte"), ("(?i)k", "\u212a"), ("(?ai)k", "\u212a"),
    ("(?i)s", "ſ"), ("(?i)i", "İ"), ("(?i)i", "ı"), ("(?i)[a-z]", "İ"), ("(?i)[^i]", "ı"), ("(?ai)i", "ı"), ("(?i)µ", "μ"), ("(?i)σ", "ς"),
    ("(?i)[α-ω]+$", "ΑΣ"), ("(?i)[^a-z]", "ABC"), ("(?i:Head)er", "HEADer"), ("(?i:Head)er", "HEADER"), ("(?i)a(?-i:b)", "AB"), ("(?i)a(?-i:b)", "Ab"),
    ("(?i)[x-z]", "Y"), ("(?ai)é", "É"), ("(?i)é", "É"), ("(?i)ж", "Ж"), ("(?i)(a)\\1", "aA"), ("(?i)[_]", "_"), ("(?i)[A-z]", "["),
    # repeats
    (r"^A{,2}B$", "AAB"), (r"^A{,2}B$", "AAAB"), (r"^a{2,}$", "a"), (r"^a{,}$", "aaa"), (r"^a{2}$", "aa"), (r"a{", "a{"), (r"a{}", "a{}"),
    (r"a{,", "a{,"), (r"a{x}", "a{x}"), (r"a{1,x}", "a{1,x}"), (r"^a{1200}$", "a" * 1200), (r"^(a{50}){50}$", "a" * 2500), (r"a*?b", "aab"),
    (r"^(?:ab)+$", "abab"), (r"a*+a", "aaa"), (r"a++b", "aab"), (r"a?+a", "a"), (r"a{1,2}+a", "aa"), (r"(?>a*)a", "aaa"), (r"(?>a|ab)c", "abc"),
    (r"{", "{"), (r"}", "}"), (r"x{ 1}", "x{ 1}"), (r"^[ab]{2}+b", "abb"),
    # classes
    (r"[]x]+$", "]]"), (r"[^]]", "]"), (r"[^]a]", "b"), (r"[a\]]", "]"), (r"[[:alpha:]]", "a]"), (r"[[:alpha:]]", "b]"), (r"[[:alpha:]]", "a"),
    (r"[a-c-e]", "-"), (r"[-a]", "-"), (r"[a-]", "-"), (r"[\b]", "\b"), (r"[\n\t]", "\t"), (r"[a-z&&b]", "&"), (r"[{,2}]", ","), (r"[[]", "["),
    (r"[+--]", ","), (r"[.]", "x"), (r"[\101]", "A"), (r"[\x41-\x43]", "B"), (r"[^^]", "^"), (r"[\^]", "^"), (r"[a-z-[aeiou]]", "a]"),
    (r"[\\]", "\\"), (r"[|]", "|"), (r"[\-a]", "-"), (r"[ -~]", "é"), (r"[^\n]", "\n"),
    # escapes
    (r"\~x", "~x"), (r"\u00e9", "é"), (r"\U0001F600", "😀"), (r"\x41", "A"), (r"\101", "A"), (r"\0", "\0"), (r"\08", "\x008"), (r"\012", "\n"),
    (r"\377", "ÿ"), (r"\.", "."), (r"\.", "x"), (r"\-\_\ \é", "-_ é"), (r"\a\f\v\r", "\a\f\v\r"), (r"\\", "\\"), (r"1\.2\.840", "1.2.840.10008"),
    (r"\/", "/"), (r"Thorax\+C", "Thorax+C"), (r"ORIGINAL\\PRIMARY", "ORIGINAL\\PRIMARY\\AXIAL"),
    # groups and what they captured
    (r"(?P<a>x)(?P=a)", "xx"), (r"(?P<a>x)(?P=a)", "xy"), (r"(\w)\1", "aa"), (r"(?P<a>x)(y)\2", "xyy"), (r"(?P<a>x)(y)\1", "xyy"),
    (r"(a)?(?(1)b|c)$", "ab"), (r"(a)?(?(1)b|c)$", "c"), (r"^(a)?(?(1)b|c)$", "ac"), (r"(?P<q>a)?(?(q)b|c)", "c"), (r"^(a)?(?(1)b)$", ""),
    (r"(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)\10", "abcdefghijj"), (r"(a)\1" + "1", "aa1"), (r"(a)|b\1", "ba"), (r"(?i)[]a]b", "]B"), (r"(?(1)b|c)(x)?$", "cx"), (r"(?(2)a|b)(x)", ""), (r"((a)|b)+\2", "aba"),
    # looking around
    (r"^(?!.*FLAIR).*T2", "T2 TSE"), (r"^(?!.*FLAIR).*T2", "T2 FLAIR"), (r"(?<=T)2", "T2"), (r"(?<!T)2", "T2"), (r"(?=CT).T$", "CT\n"),
    (r"Head(?!er)", "Header"), (r"(?<=\bT)2", "éT2"), (r"^(?=.*Head)(?=.*Contrast)", "Contrast Head"),
    # flags, comments, layout
    (r"(?u)é", "é"), (r"(?ai:RT)", "rt"), (r"(?x) a b # a comment", "ab"), (r"(?x)a\ b[ ]c", "a b c"), (r"(?x)a {2}", "aa"), (r"(?x:a b)c d", "abc d"),
    (r"a(?#comment)b", "ab"), (r"(?i)(?s)A.B", "a\nb"), (r"(?is)A.B", "a\nb"), (r"(?i-s:A.)", "a\n"), (r"(?x)a(?#c) *b", "aaab"), (r"a(?#c)*b", "aab"),
    # errors
    (r"Head(", ""), (r"Head)", ""), (r"a**b", ""), (r"*a", ""), (r"a|*", ""), (r"x[z-a]", ""), (r"x[a-\d]", ""), (r"[a", ""), (r"[]", ""), (r"a(?i)b", ""),
    (r"(?L)a", ""), (r"(?au)a", ""), (r"(?-i)a", ""), (r"(?-a:b)", ""), (r"\q", ""), (r"[\q]", ""), (r"a\\" + "\\", ""), (r"\1", ""), (r"(a\1)", ""),
    (r"(?P=x)", ""), (r"(?P<1>a)", ""), (r"(?P<a>b)(?P<a>c)", ""), (r"(?P<a", ""), (r"(?P>a)", ""), (r"(?<n>a)", ""), (r"(?(1)a|b)", ""),
    (r"(a)(?(1)b|c|d)", ""), (r"a{3,2}", ""), (r"\xg1", ""), (r"\u12", ""), (r"\400", ""), (r"^*", ""), (r"\b+", ""), (r"(?#a", ""), (r"(?", ""), (r"(?)a", ""), (r"(?z)", ""),
    (r"a{2}{3}", ""), (r"a+++", ""), (r"(?i", ""), (r"\8", ""), (r"[\8]", ""), (r"(?:a", ""), (r"(?x)a b)", ""), (r"é)", ""),
]


def answer(pattern, value):
    case = {"pattern": pattern, "value": value}
    try:
        case["found"] = re.search(pattern, value) is not None
    except re.error as e:
        case["error"] = e.msg
        case["position"] = len(pattern[: e.pos].encode())
    return case


warnings.simplefilter("ignore")
answers = [json.dumps(answer(*case), ensure_ascii=True) for case in CASES]
print('{"python": "%d.%d", "cases": [\n%s\n]}' % (*sys.version_info[:2], ",\n".join(answers)))
